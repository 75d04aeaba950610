"""`make bench`, or `python -m tests.load NAME ...` for some of it: measures, and prints a table."""

import sys
from collections.abc import Callable
from importlib import import_module

from tests.load.report import Row, table

NAMES = ("first_call", "line", "steady", "pages", "demo", "real")


def measured(name: str) -> list[Row]:
    """The rows of one module; each runs in a process of its own, for Django's settings are read once."""
    measure: Callable[[], list[Row]] = import_module(f"tests.load.{name}").measure
    return measure()


def main(names: list[str]) -> int:
    """Measure each and print; 0 also where an aim was missed, for the table says so."""
    from multiprocessing import get_context

    rows: list[Row] = []
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in names or NAMES:
            rows += pool.apply(measured, (name,))
            print(f"measured {name}", file=sys.stderr, flush=True)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
