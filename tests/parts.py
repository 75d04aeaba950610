"""Suites that need a part of this machine: `@pytest.mark.needs("browser")`.

Where the part is absent the tests are skipped with the sentence that names the cure; the end of the run names and
counts such suites. With REQUIRE_ALL=1, as in CI, the same is a failure, but for parts that TESTED_LATER names: a later
command of the same CI run has them.
"""

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator
from typing import NamedTuple

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class Part(NamedTuple):
    """Something a suite needs: how to see whether it is here, and what brings it here."""

    present: Callable[[], bool]
    cure: str


def has_browser() -> bool:
    return any(map(shutil.which, CHROMIUM)) and importlib.util.find_spec("playwright") is not None


def has_openstack() -> bool:
    return bool(os.environ.get("CONTRACT_CLOUD") and os.environ.get("OS_CLIENT_CONFIG_FILE"))


PARTS = {
    "browser": Part(has_browser, "install Chromium (apt install chromium)"),
    "openstack": Part(has_openstack, "bring a real OpenStack up (make openstack) and run make test-openstack"),
    "docker-compose": Part(lambda: shutil.which("docker-compose") is not None, "apt install docker-compose"),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        (name,) = mark.args
        part = PARTS[name]
        if part.present():
            continue
        reason = f"suite {name}: {part.cure}"
        if os.environ.get("REQUIRE_ALL") == "1" and name not in os.environ.get("TESTED_LATER", "").split(","):
            pytest.fail(f"REQUIRE_ALL=1, but {reason}", pytrace=False)
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Names and counts the skipped suites, just above pytest's own last line."""
    yield
    reasons = (report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    counts = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    suites = {reason: number for reason, number in counts.items() if reason.startswith("suite ")}
    for reason, number in sorted(suites.items()):
        terminalreporter.write_line(f"skipped {reason} ({number} tests)")
    terminalreporter.write_line(f"{len(suites)} suites skipped")
