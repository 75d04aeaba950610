"""What happened, as pages show it. Events keep people by their GitHub number; who that is today is looked up here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import BigIntegerField, Case, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from projects.models import Event, Member, User
from projects.models.people import ERASED

PERSON: Final = "{person}"  # stands in an event's text for whoever facts["github_id"] names
PORTAL: Final = "the portal"
UNKNOWN: Final = "somebody"  # GitHub had not told the number yet
GONE: Final = "a former member"  # never signed in, and belongs to no project any more


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with the names of today."""

    at: datetime
    verb: str
    who: str
    text: str


def with_names(events: QuerySet[Event]) -> QuerySet[Event]:
    """Events that bring today's logins of those they name, in the same query; then happenings() can show them."""
    told = Cast(KT("facts__github_id"), BigIntegerField())
    numbered = events.annotate(person_id=Coalesce(told, Subquery(_member().values("github_id"))))
    return numbered.annotate(actor=_login("actor_id"), person=_login("person_id"))


def happenings(rows: Iterable[Event]) -> list[Happening]:
    """The rows of with_names(), as they are shown."""
    return [_happening(row) for row in rows]


def _happening(row: Any) -> Happening:
    who, text = (row.actor if row.actor_id else PORTAL), row.text
    if "github_id" in row.facts:  # else the words are as somebody typed them, braces and all
        text = text.replace(PERSON, row.person if row.person_id else UNKNOWN)
    return Happening(row.at, row.verb, who, text)


def _member() -> QuerySet[Member]:
    """The member that an event is about: GitHub may have told the number only after the event."""
    target = Concat(Value("member "), Cast("pk", TextField()), output_field=TextField())
    return Member.objects.alias(called=target).filter(project=OuterRef("project"), called=OuterRef("target"))


def _login(number: str) -> Coalesce:
    """What User.__str__ says of an account, or the login of a member who never signed in."""
    erased = When(erased_at__isnull=False, then=Value(ERASED))
    name = Case(erased, When(github_login="", then="username"), default="github_login")
    accounts = User.objects.filter(github_id=OuterRef(number)).values_list(name)
    members = Member.objects.filter(github_id=OuterRef(number)).values("github_login")[:1]
    return Coalesce(Subquery(accounts), Subquery(members), Value(GONE))
