"""How long `make demo` takes to come up, the first and the second time."""

import tempfile
import time
from pathlib import Path

from tests.demo import Demo
from tests.load.machine import load
from tests.load.report import Row


def measure() -> list[Row]:
    """Two starts in one directory, from the command to the line with the address."""
    with tempfile.TemporaryDirectory() as home:
        demo = Demo(Path(home))
        first, second = _start(demo), _start(demo)
        demo.run("reset")
    return [
        Row("first start of the demo, libraries installed", "for orientation", f"{first:.1f} s", load(), met=True),
        Row("second start of the demo", "15 s", f"{second:.1f} s", load(), met=second <= 15),
    ]


def _start(demo: Demo) -> float:
    began = time.monotonic()
    with demo.running() as process:
        took = time.monotonic() - began
        process.stop(60)
    return took
