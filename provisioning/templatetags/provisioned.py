"""Filters that say steps, servers and actions to people."""

from collections.abc import Iterable
from typing import Any

from django import template

from provisioning import sids
from provisioning.models import Action, Step
from provisioning.web import words

register = template.Library()


@register.filter
def said_steps(steps: Iterable[Step]) -> list[words.Said]:
    """Steps as the steps component takes them."""
    return [words.said_of_step(step) for step in steps]


@register.filter
def said_step(step: Step) -> words.Said:
    """One step likewise."""
    return words.said_of_step(step)


@register.filter
def said_trouble(step: Step) -> words.Trouble:
    """A failed step, for the desk."""
    return words.said_of_trouble(step)


@register.filter
def said_server(status: str) -> words.Said:
    """A server's state with words and tone."""
    return words.said_of_server(status)


@register.filter
def said_task(task: str) -> str:
    """What is done to a server at the moment."""
    return words.said_of_task(task)


@register.filter
def said_volume(status: str) -> str:
    """A volume's state."""
    return words.said_of_volume(status)


@register.filter
def said_action(action: Action) -> words.Said:
    """What became of an action, with words and tone."""
    return words.said_of_action(action)


@register.filter
def said_verb(verb: str) -> str:
    """An action on a server, as its button says it."""
    return words.said_of_verb(verb)


@register.filter
def warning(verb: str) -> str:
    """What is to be said before this action is asked for; empty where it may be asked for by one click."""
    return words.WARNINGS.get(verb, "")


@register.filter
def said_build(result: str) -> words.Said:
    """A build's result with words and tone."""
    return words.said_of_build(result)


@register.filter
def said_seconds(seconds: float) -> str:
    """How long something took."""
    return words.said_of_seconds(seconds)


@register.filter
def is_link(value: Any) -> bool:
    """Whether an answer is an address of a console, which is shown as a link only if it is http or https."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


@register.filter
def is_person(login: str) -> bool:
    """Whether a login is one person's in Jenkins."""
    return sids.is_person(login)
