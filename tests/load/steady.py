"""What watching a large cloud costs when nothing, or nothing much, changes, and what a read catalog does."""

import time

from tests.load.lent import lend_access
from tests.load.machine import cpu_seconds, load
from tests.load.report import Row
from tests.load.stage import CLOUD, Stage, stage

MANY = 10_000


def measure() -> list[Row]:
    """A pass that lists all servers, volumes, ports and addresses, and passes that find nothing new."""
    with stage("--size", "lab", "--build-seconds", 1) as on:
        on.cloud.control("POST", "fill", {"servers": MANY, "volumes": MANY, "addresses": MANY})
        _, first_cpu = _full_pass(on)  # everything is new to it, and stored
        full_calls, full_cpu = _full_pass(on)
        idle_calls, idle_cpu = _after_a_minute(on)
        catalog = _compared_with_the_catalog()
    what = f"{MANY:,} servers with a port each, {MANY:,} volumes, {MANY:,} floating IPs"
    return [
        Row(
            f"full pass, {what}",
            "40 calls, 5 s CPU",
            f"{full_calls} calls, {full_cpu:.2f} s CPU (the first, with everything new: {first_cpu:.2f} s)",
            load(),
            met=full_calls <= 40 and full_cpu <= 5,
        ),
        Row(
            "pass with nothing changed, the same",
            "5 calls, 0.5 s CPU",
            f"{idle_calls} calls, {idle_cpu:.2f} s CPU",
            load(),
            met=idle_calls <= 5 and idle_cpu <= 0.5,
        ),
        catalog,
    ]


def _compared_with_the_catalog() -> Row:
    """What each reading of the catalog brings: plans of cloud access are compared, and marked where it has changed."""
    from projects.models import Flavor

    lend_access(CLOUD, MANY)
    none, same = _marked()
    Flavor.objects.filter(name="p9.medium").update(present=False)
    all_of_them, changed = _marked()
    if (none, all_of_them) != (0, MANY):
        raise AssertionError(f"{none} and {all_of_them} plans were marked, not 0 and {MANY}.")
    return Row(
        f"plans compared with a catalog that was read, {MANY:,} of cloud access",
        "1 s CPU, PostgreSQL’s included",
        f"{same:.2f} s CPU; {changed:.2f} s where all are to be written anew",
        load(),
        met=max(same, changed) <= 1,
    )


def _marked() -> tuple[int, float]:
    """How many plans were marked, and the CPU seconds of this process and of its session in the database."""
    from django.db import connection

    from provisioning.reconcile import mark_outdated

    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    began = time.process_time() + cpu_seconds(session)
    marked = mark_outdated(CLOUD)
    return marked, time.process_time() + cpu_seconds(session) - began


def _full_pass(on: Stage) -> tuple[int, float]:
    """One that lists everything, as every 15 minutes, which the calls must show."""
    from django.conf import settings

    usual, settings.ENGINE_FULL = settings.ENGINE_FULL, 0
    try:
        cost = _pass(on)
    finally:
        settings.ENGINE_FULL = usual
    asked = {call["path"].rpartition("/")[2] for call in on.cloud.calls()["calls"]}
    if not asked >= {"floatingips", "ports"}:
        raise AssertionError(f"The full pass listed only {sorted(asked)}.")
    return cost


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
