"""`make bench` that is told to end leaves no process behind."""

import os
from contextlib import suppress

import psutil

from tests.processes import child, until

STARTED = {"worker", "beat", "simulators.openstack"}


def test_a_measurement_told_to_end_ends_all_it_started(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    with child(["-m", "tests.load", "first_call"], env=env, log=tmp_path / "bench.log") as bench:
        ours = psutil.Process(bench.process.pid)
        started = until(lambda: everything(ours), what=f"worker and beat: {bench.output}")
        ours.terminate()
        status = bench.process.wait(60)
        _, left = psutil.wait_procs(started, timeout=60)
        for process in left:
            process.kill()
    assert (status, left) == (143, [])


def everything(bench: psutil.Process) -> list[psutil.Process]:
    """All that it started, once the worker and beat are among it; before that nothing."""
    below = bench.children(recursive=True)
    words: set[str] = set()
    for process in below:
        with suppress(psutil.NoSuchProcess):  # what only lived for a moment
            words.update(process.cmdline())
    return below if words >= STARTED else []
