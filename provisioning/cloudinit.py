"""The user-data of a server, for cloud-init: built as data and serialised, never put together as text.

Accounts with their keys, the staff's account, and the volume, formatted only where it is blank and mounted at /data.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

from provisioning.errors import Failure, Rejected

People = Iterable[tuple[str, Sequence[str]]]

MOUNT_POINT: Final = "/data"
GROUP: Final = "project"
LONGEST: Final = 65535  # bytes of user-data that nova takes, encoded
# systemd makes the file system only where the device holds no signature of any kind, so a reinstalled server keeps its
# data; cloud-init's own fs_setup would write over a file system of another type.
MOUNT_OPTIONS: Final = "defaults,nofail,x-systemd.makefs,x-systemd.device-timeout=120"
RESERVED: Final = frozenset(
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody adm operator shutdown "
    "halt ftp sshd systemd-network systemd-resolve messagebus polkitd chrony dbus ntp tss sudo wheel docker users "
    f"{GROUP}".split()
)
NOT_IN_LOGINS: Final = re.compile(r"[^a-z0-9_-]")
KEY: Final = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [^\x00-\x1f\x7f]*)?")


def unix_login(login: str, *, staff: str) -> str:
    """The account name on a server for a GitHub login: lower case, begins with a letter, 32 characters at most.

    `staff` is the staff's account there, which is nobody else's.
    """
    plain = NOT_IN_LOGINS.sub("-", login.lower())[:30].rstrip("-")
    name = plain if plain and plain[0].isalpha() and plain not in RESERVED else f"u-{plain}"
    return name if name != staff else f"u-{name}"


def user_data(people: People, *, hostname: str, staff: Mapping[str, Any] | None = None, volume_id: str = "") -> str:
    """The document, encoded as nova wants it. `staff` is {"login", "keys"}.

    Raises Rejected for a key that is none, and where the keys are too many for nova's 64 KiB.
    """
    document = config(people, hostname=hostname, staff=staff, volume_id=volume_id)
    text = "#cloud-config\n" + yaml.safe_dump(document, sort_keys=False, width=4096)
    encoded = base64.b64encode(text.encode()).decode()
    if len(encoded) > LONGEST:
        words = "The SSH keys together are too long for one server: remove some."
        raise Rejected(words, code=Failure.KEY_REJECTED)
    return encoded


def config(
    people: People, *, hostname: str, staff: Mapping[str, Any] | None = None, volume_id: str = ""
) -> dict[str, Any]:
    """The document as data."""
    lab = str((staff or {}).get("login") or "")
    accounts: dict[str, list[str]] = {}
    for login, keys in people:
        accounts.setdefault(unix_login(login, staff=lab), []).extend(map(checked, keys))
    if staff and lab:
        accounts[lab] = list(map(checked, staff.get("keys") or ()))
    return {
        "hostname": hostname,
        "disable_root": True,
        "ssh_pwauth": False,
        "groups": [GROUP],
        "users": [_account(login, keys) for login, keys in accounts.items()],
        **(_volume(volume_id) if volume_id else {}),
    }


def checked(key: str) -> str:
    """A public key in one line. Raises Rejected for anything else: it would become part of every login."""
    if not KEY.fullmatch(key.strip()):
        raise Rejected("An SSH key is not a public key in one line.", code=Failure.KEY_REJECTED)
    return key.strip()


def device(volume_id: str) -> str:
    """Where the guest finds a volume attached over virtio, whatever the order of disks."""
    return f"/dev/disk/by-id/virtio-{volume_id[:20]}"


def _account(login: str, keys: Sequence[str]) -> dict[str, Any]:
    return {
        "name": login,
        "groups": [GROUP],
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": True,
        "ssh_authorized_keys": list(dict.fromkeys(keys)),
    }


def _volume(volume_id: str) -> dict[str, Any]:
    return {
        "mounts": [[device(volume_id), MOUNT_POINT, "ext4", MOUNT_OPTIONS, "0", "2"]],
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "start", "data.mount"],
            ["chgrp", GROUP, MOUNT_POINT],
            ["chmod", "2775", MOUNT_POINT],
        ],
    }
