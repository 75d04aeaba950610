"""A person's public SSH keys: pasted, or taken over from the GitHub account with the same numeric id."""

from django.db import transaction

from projects.errors import Invalid
from projects.keys import PublicKey, parse_key, parse_keys
from projects.models import Lookup, SshKey, User
from projects.services.events import record_event
from projects.services.lookups import ask_keys
from projects.states import LookupState

MOST_KEYS = 50


@transaction.atomic
def add_key(*, user: User, text: str) -> SshKey:
    """Keep a pasted key; the same key again is the same row. Raises Invalid with the cure."""
    return _keep(user, parse_key(text, field="key"), imported=False)[0]


@transaction.atomic
def add_keys(*, user: User, text: str) -> list[tuple[SshKey, bool]]:
    """Keep pasted keys, one a line: all of them, or none where one is not right. Raises Invalid with the cure.

    Answers each row, and whether it is new.
    """
    return [_keep(user, key, imported=False) for key in parse_keys(text, field="key")]


@transaction.atomic
def import_keys(*, user: User) -> Lookup:
    """Take over the keys of the person's GitHub account, as far as they are known; ask for them where they are not.

    The answer says how far it is: a page that polls calls this again until it is no longer asked. Keys that the
    lab does not accept are left out. A login that is another account's by now gives nothing: the numeric id must agree.
    """
    if not user.github_login:
        raise Invalid("This account has no GitHub login; sign in again first.", field="key")
    lookup = ask_keys(user.github_login)
    if lookup.status is LookupState.FOUND and lookup.answer.get("id") == user.github_id:
        for key in accepted(lookup):
            _keep(user, key, imported=True)
    return lookup


@transaction.atomic
def remove_key(*, key: SshKey, by: User) -> None:
    """Forget a key of one's own; servers that stand keep it until it is removed there."""
    found = SshKey.objects.filter(pk=key.pk, user=by).first()
    if found is None:
        raise Invalid("This key is not yours, or gone already.", field="key")
    _record(by, "key.removed", f"Key {found.fingerprint} was removed")
    found.delete()


def accepted(lookup: Lookup) -> list[PublicKey]:
    """The keys of an answer that the lab accepts."""
    found = []
    for line in lookup.answer.get("keys", []):
        try:
            found.append(parse_key(str(line)))
        except Invalid:
            continue
    return found


def _keep(user: User, key: PublicKey, *, imported: bool) -> tuple[SshKey, bool]:
    fields = {"kind": key.kind, "public_key": key.text, "comment": key.comment, "imported": imported}
    row, made = SshKey.objects.get_or_create(user=user, fingerprint=key.fingerprint, defaults=fields)
    if made and SshKey.objects.filter(user=user).count() > MOST_KEYS:
        raise Invalid(f"{MOST_KEYS} keys are the most; remove one first.", field="key")
    if made:
        _record(user, "key.imported" if imported else "key.added", f"Key {key.fingerprint} was added")
    return row, made


def _record(user: User, verb: str, text: str) -> None:
    record_event(verb=verb, actor=user, target=f"user {user.pk}", text=text)
