"""Public SSH keys: read strictly, so that what reaches a server is a key and nothing else."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from projects.errors import Invalid
from projects.text import clean_line

LEAST_RSA_BITS: Final = 3072
LONGEST: Final = 8192  # characters; an RSA key of 16384 bits needs under 3000
CURVES: Final = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
PLAIN: Final = frozenset({"ssh-ed25519", "ssh-rsa", *CURVES})
# Keys held by a security key; (fields of the blob, the curve's name where the second field must be it).
HARDWARE: Final = {
    "sk-ssh-ed25519@openssh.com": (3, b""),
    "sk-ecdsa-sha2-nistp256@openssh.com": (4, b"nistp256"),
}
PRIVATE: Final = ("PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:")
MAKE_ONE: Final = "make one with “ssh-keygen -t ed25519” and paste the line of the file that ends in .pub"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A checked public key. `text` is `kind base64`, `fingerprint` as `ssh-keygen -l` shows it (SHA256:...)."""

    kind: str
    text: str
    comment: str
    fingerprint: str

    @property
    def line(self) -> str:
        """The line for authorized_keys, with the comment."""
        return f"{self.text} {self.comment}".rstrip()


def parse_key(pasted: str, *, field: str = "ssh_keys") -> PublicKey:
    """The one public key in `pasted`. Raises Invalid with the cure for everything else."""
    line = _one_line(pasted, field)
    kind, _, rest = line.partition(" ")
    if kind not in PLAIN and kind not in HARDWARE:
        raise Invalid(_why_not(kind, line), field=field)
    body, _, comment = rest.strip().partition(" ")
    blob = _decoded(body, field)
    _check_material(kind, body, blob, field)
    fingerprint = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(kind, f"{kind} {body}", clean_line(comment, field=field, longest=120), f"SHA256:{fingerprint}")


def parse_keys(pasted: str, *, field: str = "ssh_keys") -> tuple[PublicKey, ...]:
    """All public keys in `pasted`, one a line, each once. Raises Invalid for the first that is none."""
    if is_private(pasted):
        parse_key(pasted, field=field)
    lines = [line for line in pasted.replace("\r\n", "\n").split("\n") if line.strip()]
    found = [parse_key(line, field=field) for line in lines]
    return tuple({key.fingerprint: key for key in found}.values())


def is_private(pasted: str) -> bool:
    """Whether this holds a private key, in OpenSSH's, PEM's or PuTTY's format."""
    return any(mark in pasted for mark in PRIVATE)


def _one_line(pasted: str, field: str) -> str:
    if is_private(pasted):
        raise Invalid(
            "This is a private key. Never give it to anybody; make a new pair, and paste the file that ends in .pub.",
            field=field,
        )
    if len(pasted) > LONGEST:
        raise Invalid(f"This is too long for a public key; {MAKE_ONE}.", field=field)
    line = pasted.strip()
    if "\n" in line or "\r" in line:
        raise Invalid("A public key is one line; paste one key without line breaks.", field=field)
    if not line.isprintable():
        raise Invalid("This holds a character that cannot be seen; copy the key again from its file.", field=field)
    return line


def _why_not(kind: str, line: str) -> str:
    if kind in {"ssh-dss", "ssh-dsa"}:
        return f"DSA keys are no longer safe; {MAKE_ONE}."
    if line.startswith("----"):
        return f"This is not in OpenSSH's format; {MAKE_ONE}."
    if any(known in line.split() for known in (*PLAIN, *HARDWARE)):
        return "Options before the key are not allowed; begin with the kind of key, such as ssh-ed25519."
    if "-cert-v01" in kind:
        return f"This is a certificate, not a key; {MAKE_ONE}."
    return f"This is not a public key that we know; {MAKE_ONE}."


def _decoded(body: str, field: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("This key is damaged or cut off; copy the whole line again.", field=field) from None


def _check_material(kind: str, body: str, blob: bytes, field: str) -> None:
    damaged = "This key is damaged or cut off; copy the whole line again."
    fields = _fields(blob)
    if not fields or fields[0] != kind.encode():
        raise Invalid(damaged, field=field)
    if kind in HARDWARE:
        count, curve = HARDWARE[kind]
        if len(fields) != count or (curve and fields[1] != curve) or not _is_point(kind, fields[-2]):
            raise Invalid(damaged, field=field)
        return
    try:
        key = load_ssh_public_key(f"{kind} {body}".encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Invalid(damaged, field=field) from None
    if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        raise Invalid(
            f"This RSA key has {key.key_size} bits; {LEAST_RSA_BITS} are the least. Better {MAKE_ONE}.",
            field=field,
        )


def _is_point(kind: str, point: bytes) -> bool:
    return len(point) == 32 if "ed25519" in kind else len(point) == 65 and point[0] == 4


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed fields of a key's blob; none where the lengths do not come out even."""
    found, at = [], 0
    while at + 4 <= len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    return found if at == len(blob) else []
