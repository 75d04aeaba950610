"""The simulated GitHub as a process: it says where it listens and remembers over restarts."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulators.github.site import Site

ROOT = Path(__file__).parents[3]


@contextmanager
def running(state: Path) -> Iterator[Site]:
    command = [sys.executable, "-m", "simulators.github", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield Site(child.stdout.readline().removeprefix("listening on ").strip())
        finally:
            child.terminate()
            assert child.wait(60) == 0


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "github.json") as site:
        token = site.token("ada-porter")
        site.sim("accounts/ada-porter/rename", login="ada-moved")
    with running(tmp_path / "github.json") as site:
        assert site.api("/user", token).json()["login"] == "ada-moved"
