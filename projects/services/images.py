"""Tells the people of a project that a system their servers run on will no longer be mended by its makers."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from projects.models import Image, Project
from projects.models.catalog import SOON
from projects.paths import project_page
from projects.services.mails import people_of, write_mails
from projects.text import day_words

LAST_CALL: Final = 30  # days before the end, of the second mail
CURE: Final = (
    "Reinstall them from a newer image on the project’s page when it suits you: what is on their system disks is lost, "
    "volumes stay."
)


def stage_of(end: date, today: date) -> str:
    """Which of the three mails is due: `soon`, `last` or `past`; none yet (empty) longer before."""
    left = (end - today).days
    if left < 0:
        return "past"
    if left <= LAST_CALL:
        return "last"
    return "soon" if left <= SOON.days else ""


def tell_image_end(*, project: Project, image: Image, servers: Iterable[str], today: date) -> None:
    """Mail to all members, once for each stage and date; what a day without a worker missed is told on the next."""
    end = image.end_of_life
    if end is None or not (stage := stage_of(end, today)):
        return
    names = ", ".join(sorted(servers))
    fate = "gets no security updates any more, the last day was" if stage == "past" else "gets security updates until"
    write_mails(
        people_of(project),
        key=f"image:{project.pk}:{image.pk}:{end}:{stage}",
        kind="image",
        subject=f"{project}: {image.name} {'ended' if stage == 'past' else 'ends'} on {day_words(end)}",
        text=f"{image.name} {fate} {day_words(end)}. These servers run on it: {names}. {CURE}",
        path=project_page(project.slug),
        project=project,
    )
