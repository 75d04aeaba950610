"""What watching a large cloud costs when nothing, or nothing much, changes."""

import time

from tests.load.machine import load
from tests.load.report import Row
from tests.load.stage import CLOUD, Stage, stage

MANY = 10_000


def measure() -> list[Row]:
    """A pass that lists all servers, volumes, ports and addresses, and passes that find nothing new."""
    with stage("--size", "lab", "--build-seconds", 1) as on:
        on.cloud.control("POST", "fill", {"servers": MANY, "volumes": MANY})
        full_calls, full_cpu = _pass(on)
        _pass(on)  # the first that asks for changes still gets those of the last minute
        idle_calls, idle_cpu = _after_a_minute(on)
    what = f"{MANY:,} servers and {MANY:,} volumes"
    return [
        Row(
            f"full pass, {what}",
            "40 calls, 5 s CPU",
            f"{full_calls} calls, {full_cpu:.2f} s CPU",
            load(),
            met=full_calls <= 40 and full_cpu <= 5,
        ),
        Row(
            f"pass with nothing changed, {what}",
            "5 calls, 0.5 s CPU",
            f"{idle_calls} calls, {idle_cpu:.2f} s CPU",
            load(),
            met=idle_calls <= 5 and idle_cpu <= 0.5,
        ),
    ]


def _after_a_minute(on: Stage) -> tuple[int, float]:
    """Changes are asked for since a minute before the last look, so let the cloud's minute pass."""
    on.cloud.move(120)
    _pass(on)
    return _pass(on)


def _pass(on: Stage) -> tuple[int, float]:
    """One pass of the engine's task, in this process: its calls and its CPU seconds."""
    from django.conf import settings

    from provisioning import tasks

    settings.ENGINE_LOOK = 0  # the next look is due at once
    on.cloud.control("DELETE", "calls")
    began = time.process_time()
    tasks.advance(CLOUD, 0.0, look=True)
    return on.cloud.calls()["count"], time.process_time() - began
