"""Make .venv and bring it to a lock file: `python3 .ci/venv.py demo` or `... dev`.

It runs on whatever python3 there is, so it keeps to what Python 3.6 knows; what goes wrong is told in one sentence.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
LOG = VENV / "install.log"
SUPPORTED = ("3.12", "3.11")
ABOUT = "import sys; print('%d.%d' % sys.version_info[:2])"


def version_of(python: str) -> str:
    """`3.11` for an interpreter that runs, nothing for one that does not."""
    try:
        return subprocess.check_output([python, "-c", ABOUT], stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def suitable() -> str:
    """The first interpreter of a version that Portico supports."""
    for name in [sys.executable, *("python" + version for version in SUPPORTED)]:
        path = shutil.which(name)
        if path and version_of(path) in SUPPORTED:
            return path
    found = "{}.{}".format(*sys.version_info)
    sys.exit(f"Portico needs Python 3.11 or 3.12; python3 here is {found}. Install python3.12 and run this again.")


def make_venv(python: str) -> None:
    if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL):
        package = f"python{version_of(python)}-venv"
        sys.exit(f"Python's venv module is missing: apt install {package} (Debian, Ubuntu), then run this again.")
    print(f"Making .venv with Python {version_of(python)}", flush=True)
    if subprocess.call([python, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("Python could not make .venv; what it said is above.")


def stamp_of(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def install(lock: Path, stamp: Path) -> None:
    """Everything the lock file names, with the hashes it names."""
    print(f"Installing what {lock.name} names (a minute or two the first time)", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "--retries", "1"]
    with LOG.open("w") as log:
        failed = subprocess.call([*command, "-r", str(lock)], stdout=log, stderr=log)
    if failed:
        sys.exit("The packages could not be installed: is there a network? What pip said is in .venv/install.log.")
    stamp.write_text(stamp_of(lock))


def main(kind: str) -> None:
    if version_of(PYTHON) not in SUPPORTED:
        make_venv(suitable())
    for each in {"dev": ["dev"], "demo": ["demo", "dev"]}[kind]:  # what tests need includes what the demo needs
        stamp = VENV / f".installed-{each}"
        if stamp.exists() and stamp.read_text() == stamp_of(ROOT / f"requirements-{each}.txt"):
            return
    install(ROOT / f"requirements-{kind}.txt", VENV / f".installed-{kind}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
