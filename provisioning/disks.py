"""A full disk of an agent: one ticket at the desk while it lasts, with who filled it and what to do about it.

A disk counts as full at Jenkins's own threshold, and where an agent that is connected gives no figure or an old one: a
disk without a free byte cannot be measured, and its agent goes on and fails every build.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Q

from projects.models import Ticket
from projects.services.tickets import open_ticket, resolve_ticket
from projects.states import Named
from projects.text import moment_words
from provisioning.ci import projects_of
from provisioning.ci_rows import GRACE
from provisioning.faults import apart
from provisioning.models import Agent, Build

STALE: Final = timedelta(hours=2)  # Jenkins measures every hour
LATELY: Final = timedelta(days=7)
RECURS: Final = timedelta(days=30)
UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Alarm(Named):
    """What is wrong with a disk."""

    LOW = "low", "Disk full", "bad"
    UNMEASURED = "unmeasured", "Disk cannot be measured", "bad"
    STALE = "stale", "Disk not measured lately", "bad"


def alarm_of(agent: Agent, now: datetime) -> Alarm | None:
    """What is wrong now; of one that is away what was seen last holds."""
    if agent.unmeasured_since and now - agent.unmeasured_since >= GRACE:
        return Alarm.UNMEASURED
    if agent.disk_free is not None and agent.disk_free <= agent.disk_threshold:
        return Alarm.LOW
    measured = agent.disk_measured_at if agent.connected and not agent.unmeasured_since else None
    if measured and now - measured > STALE:
        return Alarm.STALE
    return None


def tell(*, now: datetime) -> None:
    """Open a ticket for each disk that is full now, and resolve those of disks that have space again."""
    for agent in Agent.objects.filter(Q(gone_at=None) | ~Q(trouble="")):
        if _trouble(agent, now) != agent.trouble:
            apart("disk", agent.pk, partial(_tell, agent.pk, now))


def size_words(size: int) -> str:
    """`300 MiB`, `12.5 GiB`."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if value >= 100 or value.is_integer() else f"{value:.1f} {UNITS[unit]}"


def ticket_key(agent: Agent) -> str:
    """Of the trouble that an agent has now, or had last."""
    return f"disk:{agent.pk}:{agent.troubles}"


def _trouble(agent: Agent, now: datetime) -> str:
    """What it should have a ticket for; where nobody can tell, what it has one for."""
    if agent.gone_at:
        return ""
    known = agent.connected and not agent.unmeasured_since
    return str(alarm_of(agent, now) or ("" if known else agent.trouble))


@transaction.atomic
def _tell(pk: int, now: datetime) -> None:
    agent = Agent.objects.select_for_update().get(pk=pk)
    had, agent.trouble = agent.trouble, _trouble(agent, now)
    if agent.trouble and not had:
        agent.troubles += 1
        open_ticket(key=ticket_key(agent), title=_title(agent), text=_text(agent, now), internal=True)
    elif had and not agent.trouble:
        resolve_ticket(key=ticket_key(agent), text=_over(agent))
    agent.save(update_fields=["trouble", "troubles"])


def _title(agent: Agent) -> str:
    return f"{Alarm(agent.trouble).words}: {agent.name}"


def _text(agent: Agent, now: datetime) -> str:
    """What is known, who may have done it, what to do, and a mail to send."""
    grown = _grown(agent, now)
    job = grown[0][0] if grown else ""
    project = projects_of([job]).get(job)
    return "\n\n".join(
        filter(None, (_known(agent), _recurrence(agent, now), _blame(grown, project), CURE, _mail(agent, job, project)))
    )


def _known(agent: Agent) -> str:
    """Free space, and what Jenkins does about it."""
    measured = moment_words(agent.disk_measured_at) if agent.disk_measured_at else "never"
    if agent.trouble == Alarm.LOW:
        return (
            f"The disk of the agent {agent.name} has {size_words(agent.disk_free or 0)} free of "
            f"{size_words(agent.disk_total)}, measured {measured}. Jenkins gives it no builds at "
            f"{size_words(agent.disk_threshold)} or less."
        )
    free = f", with {size_words(agent.disk_free)} free" if agent.trouble == Alarm.STALE and agent.disk_free else ""
    return (
        f"The agent {agent.name} is connected, and Jenkins has no figure for its disk, last measured {measured}{free}. "
        "A disk without a free byte reads like this, and Jenkins goes on giving it builds, which fail. Take it out of "
        "service in Jenkins until its disk is looked at."
    )


def _recurrence(agent: Agent, now: datetime) -> str:
    """How often in the last days; empty for the first time."""
    before = Ticket.objects.filter(key__startswith=f"disk:{agent.pk}:", opened_at__gt=now - RECURS).count()
    return f"This has happened {before + 1} times in {RECURS.days} days, this one included." if before else ""


def _grown(agent: Agent, now: datetime) -> list[tuple[str, int]]:
    """The job that filled this disk most in the last days, and by how many bytes; empty where nobody knows."""
    grown: Counter[str] = Counter()
    ran = Build.objects.filter(agents__has_key=agent.name, started_at__gt=now - LATELY)
    for job, agents in ran.values_list("job", "agents").iterator():
        grown[job] += agents[agent.name]
    return [one for one in grown.most_common(1) if one[1] > 0]


def _blame(grown: list[tuple[str, int]], project: object) -> str:
    if not grown:
        return "Which job grew most lately is not known: no build was seen there while free space fell."
    job, size = grown[0]
    whose = f"of the project {project}" if project else "of no project of the portal"
    return (
        f"Grew most lately: the job {job} {whose}, by some {size_words(size)} in {LATELY.days} days. That is what free "
        "space fell by while its builds ran there, shared with others that ran at the same time."
    )


CURE: Final = (
    "To clean up, by hand; nothing is deleted by itself:\n"
    "1. On the agent, see what takes the space: du -xh --max-depth=2 on its directory, and docker system df.\n"
    "2. Wipe out the workspace of the job in Jenkins, on its page; docker system prune takes what no container uses.\n"
    "3. Jenkins measures again within the hour, or when the agent reconnects, and gives it builds again by itself. "
    "This ticket is resolved then."
)


def _mail(agent: Agent, job: str, project: object) -> str:
    """A draft; who it goes to is said by role."""
    if not project:
        return ""
    return (
        f"A mail to send to the owners and maintainers of {project}:\n\n"
        f"Your CI job {job} filled the disk of the shared agent {agent.name}, and builds of other projects could not "
        "run there. Please have it clear its workspace at its end, remove the images and containers that it makes, and "
        "keep large files only as long as a build needs them. We have cleaned up this time; tell us if the job needs "
        "more space than that, and we will find it a place."
    )


def _over(agent: Agent) -> str:
    if agent.gone_at:
        return "The agent is no longer in Jenkins."
    measured = moment_words(agent.disk_measured_at) if agent.disk_measured_at else ""
    return f"There is space again: {size_words(agent.disk_free or 0)} free, measured {measured}."
