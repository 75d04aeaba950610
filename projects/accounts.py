"""Who gets an account on the servers of an allocation that are built from now on, and with which keys."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from projects.models import Allocation, SshKey
from projects.text import account_name


class Account(NamedTuple):
    """An account on a server: what it is called, the public keys that open it, whose it is (0: nobody can say)."""

    login: str
    keys: tuple[str, ...]
    github_id: int


def accounts_of(allocation: Allocation) -> tuple[Account, ...]:
    """The accounts of those it was granted for who still belong to the project, and of all members with keys.

    Who it was granted for has the keys that were granted and those of the account as it is today.
    Nobody is left out where that would leave nobody: keys that were pasted for others hang on the requester's entry.
    """
    rows = allocation.project.members.values_list("github_id", "github_login")
    members = {number: login for number, login in rows if number is not None}
    keys = _keys_of(set(members))
    standing = [person for person in allocation.people if _belongs(person, set(members))]
    found = {person["login"]: _granted(person, keys.pop(person.get("github_id") or 0, ())) for person in standing}
    for number, lines in keys.items():
        login = account_name(members[number])
        found.setdefault(login, Account(login, tuple(lines), number))
    return tuple(found.values()) or tuple(map(_granted, allocation.people))


def _granted(person: dict[str, Any], more: Iterable[str] = ()) -> Account:
    lines = {" ".join(line.split()[:2]): line for line in (*more, *person["keys"])}  # a comment makes no other key
    return Account(person["login"], tuple(lines.values()), int(person.get("github_id") or 0))


def _belongs(person: dict[str, Any], members: set[int]) -> bool:
    return person.get("github_id") is None or person["github_id"] in members


def _keys_of(people: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key in SshKey.objects.filter(user__github_id__in=people).select_related("user").order_by("user_id", "pk"):
        found.setdefault(key.user.github_id or 0, []).append(f"{key.public_key} {key.comment}".rstrip())
    return found
