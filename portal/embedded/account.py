"""As whom the embedded servers run, and in which directory."""

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

NOTE = "services.path"
LONGEST_SOCKET_PATH = 103  # bytes, the smallest limit of the systems we know


class EmbeddedError(Exception):
    """The embedded servers cannot run here; the message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Account:
    """As whom the servers run: us, or somebody without rights where we are root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def choose(cls) -> "Account":
        for name in ("postgres", "nobody") if os.geteuid() == 0 else ():
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        try:
            return cls(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
        except KeyError:
            raise EmbeddedError(f"User id {os.geteuid()} has no name on this system; set DATABASE_URL.") from None

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def reaches(self, path: Path) -> bool:
        """Whether this account may pass through every directory above `path`."""
        return self.is_us or all(self._may_enter(parent) for parent in path.resolve().parents)

    def _may_enter(self, directory: Path) -> bool:
        facts = directory.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & 0o100)
        return bool(facts.st_mode & (0o010 if facts.st_gid == self.gid else 0o001))

    def own(self, directory: Path) -> Path:
        """Makes `directory` if need be, private to this account."""
        directory.mkdir(mode=0o700, exist_ok=True)
        os.chown(directory, self.uid, self.gid)
        directory.chmod(0o700)
        return directory


def elsewhere(home: Path) -> Path | None:
    """The directory that `home` remembers, where it is still there."""
    note = home / NOTE
    place = Path(note.read_text().strip()) if note.exists() else None
    return place if place and place.is_dir() else None


def clear(home: Path) -> None:
    """Removes the data of stopped servers, wherever `settle` has put it."""
    for place in (home / "services", elsewhere(home)):
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
    (home / NOTE).unlink(missing_ok=True)


def settle(home: Path, account: Account) -> Path:
    """The private directory of the servers: in `home`, or in a temporary one that `home` remembers.

    A socket's path must be short, and the account must be able to come there, which not every home allows.
    """
    here = home.resolve() / "services"
    if len(os.fsencode(here / "run" / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH and account.reaches(here):
        return account.own(here)
    if known := elsewhere(home):
        return account.own(known)
    durable = Path("/var/tmp")  # noqa: S108  survives a reboot; mkdtemp makes the name and the mode safe
    made = Path(tempfile.mkdtemp(prefix="portico-", dir=durable if durable.is_dir() else None))
    (home / NOTE).write_text(f"{made}\n")
    return account.own(made)
