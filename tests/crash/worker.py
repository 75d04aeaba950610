"""A worker in a process of its own that is killed (SIGKILL, by itself, in the midst) when a call has come back.

The call has had its effect and nothing of it is stored: the worst moment. Forked from the test, so that dozens of
deaths cost seconds; the parent closes its database connections first, the child opens its own.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable

import requests
from django.conf import settings
from django.db import connections

from provisioning import engine, observe
from provisioning.adapters.openstack import open_cloud
from provisioning.models import Step
from provisioning.reconcile import write_plans
from provisioning.settle import settle
from provisioning.steps import KINDS
from tests.crash.world import CLOUD, let_pass, unfinished, wrong_steps

SAFE = frozenset({"GET", "HEAD"})
MOST_ROUNDS = 80
MOST_DEATHS = 90


class Deadline:
    """Kills this process when the n-th call is answered; counts all calls, or only those that may change something."""

    def __init__(self, after: int, *, changing: bool) -> None:
        self.left, self.changing, self.lock = after, changing, threading.Lock()

    def install(self) -> None:
        """From here on every answer is counted, at the lowest layer that all calls pass."""
        send = requests.adapters.HTTPAdapter.send

        def counted(adapter, request, *args, **kwargs):
            answer = send(adapter, request, *args, **kwargs)
            self.count(request)
            return answer

        requests.adapters.HTTPAdapter.send = counted

    def count(self, request: requests.PreparedRequest) -> None:
        token = request.path_url.endswith("/auth/tokens")
        if self.changing and (request.method in SAFE or token):
            return
        with self.lock:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def run_worker(dies_after: int = 0, *, changing: bool = False) -> bool:
    """Work in a forked process until nothing is due; True where it got there, False where it was killed."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _child(Deadline(dies_after, changing=changing).install if dies_after else lambda: None)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the worker failed; its trace is above"
    return True


def killed_until_done(*, changing: bool) -> int:
    """Workers that die one after the other until one gets through; answers how many died.

    With `changing` each dies at its first call that may change something, or as late as it takes to get anything on;
    else each dies one call later than the one before.
    """
    after, before = 1, progress()
    for deaths in range(MOST_DEATHS):
        if run_worker(after, changing=changing):
            return deaths
        let_pass(settings.ENGINE_LEASE + 1)
        now = progress()
        after, before = (1 if changing and now != before else after + 1), now
    raise AssertionError(f"still not done after {MOST_DEATHS} deaths: {wrong_steps()}")


def progress() -> list[tuple]:
    return list(Step.objects.order_by("id").values_list("id", "state", "incarnation", "external_id"))


def _child(prepare: Callable[[], None]) -> None:
    status = 1
    try:
        prepare()
        observe.forget()
        work()
        status = 0
    except BaseException:  # noqa: BLE001  the parent must see any end
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def work() -> None:
    """What a real worker does, round after round, the waiting between left out."""
    cloud = open_cloud(CLOUD)
    site = engine.Site(CLOUD, cloud, KINDS, lambda: observe.look(CLOUD, cloud))
    for _ in range(MOST_ROUNDS):
        write_plans()
        engine.advance(site)
        settle()
        if not unfinished() and not write_plans():
            return
        let_pass(6)
    raise AssertionError(f"not done after {MOST_ROUNDS} rounds: {wrong_steps()}")
