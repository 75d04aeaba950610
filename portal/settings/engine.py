"""How the engine works and what policy allows, checked against each other at start. Times in seconds."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import env

ENGINE_LEASE = env.number("ENGINE_LEASE", 60, least=1)  # how long a claimed plan is ours
ENGINE_TIMEOUT = env.number("ENGINE_TIMEOUT", 20, least=0.1)  # of one HTTP call
ENGINE_MARGIN = env.number("ENGINE_MARGIN", 5, least=0.1)  # left of the lease after a call has timed out
ENGINE_THREADS = env.whole("ENGINE_THREADS", 8, least=1)  # calls under way at once
ENGINE_UNITS = env.whole("ENGINE_UNITS", 8, least=1)  # allocations under way at once: first come, first ready
ENGINE_LOOK = env.number("ENGINE_LOOK", 2)  # a shared listing of a cloud is not taken more often
JENKINS_LOOK = env.number("JENKINS_LOOK", 30, least=1)  # nor what Jenkins shows
ENGINE_FULL = env.number("ENGINE_FULL", 900, least=1)  # and in full at least so often
ENGINE_PASS = env.number("ENGINE_PASS", 20, least=1)  # a pass ends after so long and sends itself on
ENGINE_BEAT = env.number("ENGINE_BEAT", 5, least=0.2)  # due work is looked for without any message
ENGINE_BREAKER_FAILURES = env.whole("ENGINE_BREAKER_FAILURES", 3, least=1)
ENGINE_BREAKER_SECONDS = env.number("ENGINE_BREAKER_SECONDS", 30)

SWEEP_GRACE_HOURS = env.number("SWEEP_GRACE_HOURS", 24)  # that something of ours without an owner is left alone
SWEEP_RECLAIM = env.flag("SWEEP_RECLAIM", default=False)  # whether beat takes it back then; else `manage.py sweep`

GRACE_DAYS = env.whole("GRACE_DAYS", 7)  # between release or expiry and the end
# What an operator may grant without staff: an amount, RAM in MiB, volumes in GiB.
OPERATOR_LIMIT = env.amounts("OPERATOR_LIMIT", "vcpus=32,ram_mib=131072,volumes=16,volume_gib=2000,instances=8,gpus=0")


def check_lease(lease: float, timeout: float, margin: float) -> None:
    """A lease must outlive a call: a killed worker's last call has landed before a successor looks."""
    if lease < 1.5 * (timeout + margin):
        raise ImproperlyConfigured(
            f"ENGINE_LEASE ({lease:g} s) must be at least 1.5 x (ENGINE_TIMEOUT + ENGINE_MARGIN) = "
            f"{1.5 * (timeout + margin):g} s."
        )


def check_looks(look: float, full: float) -> None:
    if look > full:
        raise ImproperlyConfigured(f"ENGINE_LOOK ({look:g} s) must not be longer than ENGINE_FULL ({full:g} s).")


def check_names(clouds: tuple[str, ...]) -> None:
    if "jenkins" in clouds:
        raise ImproperlyConfigured("PORTAL_CLOUDS: no cloud can be called jenkins, the name of another system.")


check_lease(ENGINE_LEASE, ENGINE_TIMEOUT, ENGINE_MARGIN)
check_looks(ENGINE_LOOK, ENGINE_FULL)
