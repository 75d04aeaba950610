"""Public keys: what reaches a server is a key and nothing else."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from projects.errors import Invalid
from projects.keys import parse_key, parse_keys


def line_of(private):
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def packed(*fields):
    return b"".join(len(one).to_bytes(4, "big") + one for one in fields)


def hardware(kind, *fields):
    return f"{kind} {base64.b64encode(packed(kind.encode(), *fields)).decode()}"


ED25519 = line_of(ed25519.Ed25519PrivateKey.generate())
SK_ED25519 = hardware("sk-ssh-ed25519@openssh.com", b"k" * 32, b"ssh:")
SK_ECDSA = hardware("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"\x04" + b"p" * 64, b"ssh:")
RSA_3072 = line_of(rsa.generate_private_key(65537, 3072))
GOOD = {
    "ed25519": ED25519,
    "p256": line_of(ec.generate_private_key(ec.SECP256R1())),
    "p384": line_of(ec.generate_private_key(ec.SECP384R1())),
    "p521": line_of(ec.generate_private_key(ec.SECP521R1())),
    "rsa-3072": RSA_3072,
    "sk-ed25519": SK_ED25519,
    "sk-ecdsa": SK_ECDSA,
}


@pytest.mark.parametrize("line", GOOD.values(), ids=GOOD)
def test_good_keys_pass(line):
    key = parse_key(f"  {line} ada@laptop \n")
    assert (key.text, key.comment, key.line) == (line, "ada@laptop", f"{line} ada@laptop")


def test_the_fingerprint_is_ssh_keygens(tmp_path):
    path = tmp_path / "key.pub"
    path.write_text(ED25519)
    shown = subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, check=True).stdout
    assert parse_key(ED25519).fingerprint == shown.split()[1]


PRIVATE = (
    ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
)
BODY = ED25519.split()[1]
BAD = {
    "private": (PRIVATE, "private key"),
    "private on one line": (PRIVATE.replace("\n", " "), "private key"),
    "private, of PuTTY": ("PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 2\nPrivate-Lines: 1\nAAAA", "private key"),
    "nothing": ("", "ssh-keygen"),
    "words": ("my key", "ssh-keygen"),
    "PEM": ("-----BEGIN PUBLIC KEY----- AAAA", "OpenSSH"),
    "dsa": ("ssh-dss AAAAB3NzaC1kc3MAAA", "DSA"),
    "rsa 2048": (line_of(rsa.generate_private_key(65537, 2048)), "2048 bits"),
    "options": (f'command="rm -rf /" {ED25519}', "Options"),
    "options without spaces": (f"no-pty,from=10.0.0.1 {ED25519}", "Options"),
    "certificate": (f"ssh-ed25519-cert-v01@openssh.com {BODY}", "certificate"),
    "cut off": (ED25519[:-8], "damaged"),
    "not base64": ("ssh-ed25519 A*A", "damaged"),
    "another kind's body": (f"ssh-rsa {BODY}", "damaged"),
    "trailing bytes": (f"ssh-ed25519 {base64.b64encode(base64.b64decode(BODY) + b'xx').decode()}", "damaged"),
    "sk with a short key": (hardware("sk-ssh-ed25519@openssh.com", b"k" * 31, b"ssh:"), "damaged"),
    "sk on another curve": (
        hardware("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp384", b"\x04" + b"p" * 64, b"ssh:"),
        "damaged",
    ),
    "two lines": (f"{ED25519}\n{RSA_3072}", "one line"),
    "NUL": (f"{ED25519} a\x00b", "cannot be seen"),
    "escape": (f"{ED25519} \x1b[31m", "cannot be seen"),
    "right to left": (f"{ED25519} \u202eabc", "cannot be seen"),
    "too long": (f"{ED25519} {'x' * 9000}", "too long"),
    "long comment": (f"{ED25519} {'x' * 121}", "120"),
}


@pytest.mark.parametrize(("pasted", "words"), BAD.values(), ids=BAD)
def test_everything_else_is_refused_with_the_cure(pasted, words):
    with pytest.raises(Invalid, match=words) as refused:
        parse_key(pasted)
    assert refused.value.field == "ssh_keys"
    assert BODY not in str(refused.value)


def test_a_dsa_key_by_its_material_is_no_key(recwarn):
    line = line_of(dsa.generate_private_key(1024))
    with pytest.raises(Invalid, match="DSA"):
        parse_key(line)


def test_several_lines_are_several_keys_each_once():
    keys = parse_keys(f"{ED25519} one\r\n\n{RSA_3072}\n{ED25519} again\n")
    assert [key.kind for key in keys] == ["ssh-ed25519", "ssh-rsa"]
    with pytest.raises(Invalid, match="private key"):
        parse_keys(PRIVATE)
