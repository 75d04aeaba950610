"""The list of GPU hosts, kept by staff; each change with its reason."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction

from projects.errors import Invalid
from projects.facts import Version, gpu_facts
from projects.gpus import limit
from projects.labels import checked_label, gpu_label
from projects.models import GpuHost, User
from projects.models.gpus import MOST_GPUS
from projects.policies import require
from projects.services.events import record_event
from projects.text import clean_line, clean_text

STAFF_ONLY: Final = "Only the lab’s staff keep the list of GPU hosts."
MODEL: Final = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
DRIVER: Final = re.compile(r"\d{3}(\.\d{1,3}){0,2}", re.ASCII)


@transaction.atomic
def keep_gpu_host(*, row: GpuHost | None, by: User, reason: str, **fields: Any) -> GpuHost:
    """Put a GPU host on the list, or change it. Every field of the model is given. Raises NotAllowed, Invalid."""
    require(by.is_staff, STAFF_ONLY)
    why = _required(clean_text(reason, field="reason", longest=300), "reason", "Give the reason.")
    kept = GpuHost.objects.select_for_update().get(pk=row.pk) if row else GpuHost()
    was = _told(kept) if row else {}
    for name, value in fields.items():
        setattr(kept, name, CLEANERS[name](value))
    kept.label = checked_label(kept.label or gpu_label(kept.model))
    _check_place(kept)
    _check_releases(kept)
    now = _told(kept)
    if now != was:
        _save(kept)
        _record("changed" if row else "added", kept, by, why, {"was": was, "now": now})
    return kept


@transaction.atomic
def remove_gpu_host(*, row: GpuHost, by: User, reason: str) -> None:
    """Take a GPU host off the list; what runs on it is not touched. Raises NotAllowed, Invalid."""
    require(by.is_staff, STAFF_ONLY)
    why = _required(clean_text(reason, field="reason", longest=300), "reason", "Give the reason.")
    _record("removed", row, by, why, {"was": _told(row)})
    row.delete()


def clean_release(text: str, *, field: str) -> str:
    """A release of CUDA that somebody typed, as it is kept. Raises Invalid with the cure."""
    try:
        return str(gpu_facts().release(text))
    except ValueError as error:
        raise Invalid(str(error), field=field) from error


def _save(row: GpuHost) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        _check_place(row)  # says it where somebody else wrote the same down meanwhile
        raise


def _record(verb: str, row: GpuHost, by: User, why: str, facts: Mapping[str, Any]) -> None:
    record_event(
        verb=f"gpu_host.{verb}",
        actor=by,
        target=f"GPU host {row.pk}",
        text=f"GPU host {row.name} {verb}: {why}",
        facts={**facts, "reason": why},
    )


def _told(row: GpuHost) -> dict[str, str]:
    """The row as the record keeps it."""
    return {name: str(getattr(row, name) or "") for name in CLEANERS}


def _check_place(row: GpuHost) -> None:
    others = GpuHost.objects.exclude(pk=row.pk)
    if others.filter(name=row.name).exists():
        raise Invalid(f"{row.name} is on the list already.", field="name")
    if row.host is None:
        return
    if row.host.generation_id != row.generation.pk:
        raise Invalid(f"The cloud shows {row.host} as {row.host.generation}; choose that.", field="generation")
    if taken := others.filter(host=row.host).first():
        raise Invalid(f"{row.host} is on the list already, as {taken}.", field="host")


def _check_releases(row: GpuHost) -> None:
    """Both ends in order, and within what is known of the architecture and the GPU."""
    if Version.parse(row.cuda_last) < Version.parse(row.cuda_first):
        raise Invalid("The last CUDA is older than the first; change one of them.", field="cuda_last")
    for name in ("cuda_first", "cuda_last"):
        if words := limit(row, Version.parse(getattr(row, name)), gpu_facts()):
            raise Invalid(words, field=name)
    if _figures(row.driver_last) < _figures(row.driver_first):
        raise Invalid("The last driver is older than the first; change one of them.", field="driver_last")


def _figures(driver: str) -> tuple[int, ...]:
    return tuple(map(int, driver.split(".")))


def _required(text: str, field: str, cure: str) -> str:
    if not text:
        raise Invalid(cure, field=field)
    return text


def _line(field: str, longest: int, cure: str) -> Callable[[Any], str]:
    return lambda value: _required(clean_line(str(value or ""), field=field, longest=longest), field, cure)


def _matching(field: str, pattern: re.Pattern[str], cure: str) -> Callable[[Any], str]:
    def cleaned(value: Any) -> str:
        text = str(value).strip()
        if not pattern.fullmatch(text):
            raise Invalid(cure, field=field)
        return text

    return cleaned


def _release(field: str) -> Callable[[Any], str]:
    return lambda value: clean_release(str(value), field=field)


def _count(value: Any) -> int:
    if not 1 <= int(value) <= MOST_GPUS:
        raise Invalid(f"Give 1 to {MOST_GPUS} GPUs.", field="count")
    return int(value)


CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": _line("name", 80, "Give the machine’s name."),
    "host": lambda value: value,
    "generation": lambda value: value,
    "model": _matching("model", MODEL, "Give the GPU’s model in one word, such as P100."),
    "count": _count,
    "owner": _line("owner", 120, "Say whose it is."),
    "returns_on": lambda value: value,
    "cuda_first": _release("cuda_first"),
    "cuda_last": _release("cuda_last"),
    "driver_first": _matching("driver_first", DRIVER, "Give a driver’s version, such as 440 or 440.33."),
    "driver_last": _matching("driver_last", DRIVER, "Give a driver’s version, such as 440 or 440.33."),
    "label": lambda value: str(value or "").strip(),
}
