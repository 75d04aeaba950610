"""Pages by key: the last page of a long list costs as much as the first, and rows that appear move no others."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
SIZE: Final = 50
LONGEST_CURSOR: Final = 600
CURSORS: Final = frozenset({"after", "before"})


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page; an address is empty where nothing is on that side."""

    rows: list[Row]
    newer_url: str = ""
    older_url: str = ""


def page_of(
    rows: QuerySet[Row], *, keys: Sequence[str], http_query: Mapping[str, str] | None = None, size: int = SIZE
) -> Page[Row]:
    """The page that `after` or `before` in the query names, else the first, in one query of the database.

    `keys` are columns that together are unique and never null, as order_by() takes them: ("name", "id"). A cursor that
    makes no sense leads to the first page; the rest of the query is kept in the addresses.
    """
    query = dict((http_query or {}).items())
    backward = "before" in query
    at = _cursor(rows, keys, query.get("before") or query.get("after") or "")
    backward = backward and at is not None
    ordered = rows.order_by(*(_turned(key) if backward else key for key in keys))
    if at is not None:
        ordered = ordered.filter(_beyond(keys, at, backward=backward))
    found = list(ordered[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    before = more if backward else at is not None
    after = True if backward else more
    return Page(
        rows=found,
        newer_url=_address(query, "before", keys, found[0]) if found and before else "",
        older_url=_address(query, "after", keys, found[-1]) if found and after else "",
    )


def _turned(key: str) -> str:
    return key.removeprefix("-") if key.startswith("-") else f"-{key}"


def _beyond(keys: Sequence[str], at: Sequence[Any], *, backward: bool) -> Q:
    """Rows that come after `at`: the first key further on, or equal and the second further on, and so forth."""
    cases = []
    for number, key in enumerate(keys):
        same = {name.removeprefix("-"): value for name, value in zip(keys[:number], at, strict=False)}
        down = key.startswith("-") != backward
        cases.append(Q(**same, **{f"{key.removeprefix('-')}__{'lt' if down else 'gt'}": at[number]}))
    return reduce(or_, cases)


def _cursor(rows: QuerySet[Row], keys: Sequence[str], text: str) -> list[Any] | None:
    """The values of the keys that a cursor names; None for none, and for nonsense."""
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        stored = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
        told = json.dumps(stored, ensure_ascii=False).encode()  # refuses half a surrogate pair
        if not isinstance(stored, list) or len(stored) != len(keys) or b"\\u0000" in told:
            return None
        columns = rows.model._meta  # noqa: SLF001 - Django's documented interface to a model's fields
        fields: list[Any] = [columns.get_field(key.removeprefix("-")) for key in keys]
        values = [field.to_python(value) for field, value in zip(fields, stored, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, OverflowError):
        return None
    return values if all(map(_sound, values)) else None


def _sound(value: Any) -> bool:
    """Whether a column could hold this: whole numbers of 64 bits, moments with their time zone."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return value is not None and not (isinstance(value, int) and abs(value) >= 2**63)


def _address(query: Mapping[str, str], side: str, keys: Sequence[str], row: Row) -> str:
    values = [getattr(row, key.removeprefix("-")) for key in keys]
    text = json.dumps(values, default=lambda value: value.isoformat() if hasattr(value, "isoformat") else str(value))
    kept = {name: value for name, value in query.items() if name not in CURSORS}
    return "?" + urlencode({**kept, side: base64.urlsafe_b64encode(text.encode()).decode()})
