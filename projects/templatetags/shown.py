"""Filters that say values to people."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

register = template.Library()
GIB = 1024  # MiB


@register.filter
def gib(mib: Any) -> str:
    """MiB as GiB, with one decimal where it matters."""
    value = float(mib or 0) / GIB
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= 100 else f"{value:,.1f}"


@register.filter
def figure(value: Any) -> str:
    """A whole number with its thousands apart."""
    return f"{int(value or 0):,}"


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
