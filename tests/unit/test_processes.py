"""What tests start beside themselves ends with them, whatever ends them."""

import os
from pathlib import Path

import psutil

from portal.demo.leftovers import is_alive
from tests.processes import child, until

HOLDER = """
import signal, sys
from pathlib import Path
from tests.simulated import simulator

with simulator("github", Path(sys.argv[1])) as running:
    print("started", running.process.process.pid, flush=True)
    signal.pause()
"""


def test_a_simulator_ends_with_killed_tests(tmp_path: Path) -> None:
    with child(["-c", HOLDER, tmp_path], env=os.environ, log=tmp_path / "holder.log") as tests:
        simulator = psutil.Process(int(tests.await_line("started").split()[1]))
        assert is_alive(simulator)
        tests.kill()
        until(lambda: not is_alive(simulator), what="the simulator's end")
