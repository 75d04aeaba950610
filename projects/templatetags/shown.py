"""Filters that say values to people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects import paths
from projects.text import day_words, moment_words

register = template.Library()
register.filter("project_page", paths.project_page)
register.filter("desk_request_page", paths.desk_request_page)
GIB = 1024  # MiB


@register.filter
def gib(mib: Any) -> str:
    """MiB as GiB, with one decimal where it matters."""
    value = float(mib or 0) / GIB
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= 100 else f"{value:,.1f}"


@register.filter
def inside(words: str) -> str:
    """Words as they stand inside a sentence: `managed servers`, `CI`."""
    return words if words.isupper() else words[:1].lower() + words[1:]


@register.filter
def figure(value: Any) -> str:
    """A whole number with its thousands apart."""
    return f"{int(value or 0):,}"


@register.filter
def day(value: date | datetime | str | None) -> SafeString | str:
    """The one form in which pages show a day: `25 November 2026`. Text is a moment as JSON keeps it."""
    value = parse_datetime(value) if isinstance(value, str) else value
    value = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_words(value)) if value else ""


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """The one form in which pages show a moment: `25 November 2026, 16:20 UTC`."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), moment_words(value)) if value else ""


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago in one unit: `5 min`, `3 h`, `12 days`."""
    if moment is None:
        return "never"
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 60:
        return "0 min"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"


@register.filter
def spoken(value: Any) -> str:
    """A word of the domain's tables as people read it."""
    return str(getattr(value, "words", value))


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something to be changed: the id of the field's first control and its label, empty for a whole form."""

    anchor: str
    label: str
    words: str


@register.filter
def complaints(forms: BaseForm | Iterable[BaseForm]) -> list[Complaint]:
    """What is wrong in a form, or in several; a form's `title`, such as that of a row, goes before its labels."""
    return [one for form in ([forms] if isinstance(forms, BaseForm) else forms) for one in _complaints(form)]


def _complaints(form: BaseForm) -> Iterator[Complaint]:
    title = getattr(form, "title", "")
    yield from (Complaint("", title, str(words)) for words in form.non_field_errors())
    for field in form:
        anchor = field.id_for_label or f"{field.auto_id}_0"  # of several choices the first
        label = ", ".join(filter(None, (title, str(field.label))))
        yield from (Complaint(anchor, label, str(words)) for words in field.errors)
