"""`make bench`, or `python -m tests.load NAME ...` for some of it: measures, and prints a table."""

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from importlib import import_module
from typing import NoReturn

from tests.load.report import Row, table

NAMES = ("first_call", "line", "steady", "jenkins", "pages", "demo", "real")
ONE = "--one"


def measured(name: str) -> list[Row]:
    """The rows of one module, from a process of its own: Django's settings are read once."""
    with subprocess.Popen([sys.executable, "-m", "tests.load", ONE, name], stdout=subprocess.PIPE) as one:
        try:
            printed, _ = one.communicate()
        except SystemExit:  # we are told to end: so is it, and leaving the block waits for it
            one.terminate()
            raise
    if one.returncode:
        return [Row(name, "", f"could not be measured (status {one.returncode})", "", met=False)]
    return [Row(**row) for row in json.loads(printed.splitlines()[-1])]


def end(number: int, _: object) -> NoReturn:
    """SIGTERM: leave as an exception does, which ends the worker, beat and simulators of the measurement."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would cut that short
    sys.exit(128 + number)


def main(names: list[str]) -> int:
    """Measure each and print; 0 also where an aim was missed, for the table says so."""
    signal.signal(signal.SIGTERM, end)
    if names[:1] == [ONE]:
        print(json.dumps([asdict(row) for row in import_module(f"tests.load.{names[1]}").measure()]))
        return 0
    rows: list[Row] = []
    for name in names or NAMES:
        rows += measured(name)
        print(f"measured {name}", file=sys.stderr, flush=True)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
