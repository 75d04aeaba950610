"""From GitHub's answer to our row: found by numeric id, made where it is new, renamed where the login changed."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from social_core.exceptions import AuthPolicyError

from projects.models import Member, User
from projects.services.events import record_event
from projects.services.hooks import members_changed
from projects.services.lookups import login_told

LONGEST_EMAIL = 254


def person(backend: Any, uid: str, response: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Pipeline step: the User of this numeric id. Raises AuthPolicyError where the account was closed.

    It answers for whoever came back from GitHub, never for who was signed in before: signing in as somebody else
    changes the session's owner and joins no accounts.
    """
    return {"user": sign_in(backend, int(uid), response["login"], verified_email(response.get("emails")))}


@transaction.atomic
def sign_in(backend: Any, github_id: int, login: str, email: str | None) -> User:
    """Find or make the row, and bring login and e-mail up to date; `email` None means that GitHub did not say."""
    fresh = {"username": f"github-{github_id}", "github_login": login, "password": make_password(None)}
    user, _ = User.objects.select_for_update().get_or_create(github_id=github_id, defaults=fresh)
    if not user.is_active and user.erased_at is None:
        raise AuthPolicyError(backend, code="authentication_disallowed", stage="pipeline")
    changed: dict[str, Any] = {"github_login": login, "email": user.email if email is None else email}
    if user.erased_at is not None:
        # who erased the account and comes back begins anew, under the same numeric id
        changed |= {"is_active": True, "erased_at": None}
    was = user.github_login
    if update(user, changed) and was != login:
        record_rename(user)
    take_login_from_others(user)
    login_told(login, github_id)
    rename_memberships(user)
    return user


def update(user: User, changed: dict[str, Any]) -> bool:
    """Write the fields that differ; False where none did, so that a plain sign-in costs no write."""
    fields = [name for name, value in changed.items() if getattr(user, name) != value]
    for name in fields:
        setattr(user, name, changed[name])
    if fields:
        user.save(update_fields=fields)
    return bool(fields)


def record_rename(user: User) -> None:
    """Keep in the audit that a person goes by another login now; by which, only the account says."""
    record_event(
        verb="account.renamed",
        actor=user,
        target=f"user {user.pk}",
        text="The GitHub login was renamed",
    )


def take_login_from_others(user: User) -> None:
    """A login that GitHub gave to somebody else no longer names the person who had it before."""
    others = User.objects.filter(github_login__iexact=user.github_login).exclude(pk=user.pk)
    others.update(github_login="")


def rename_memberships(user: User) -> None:
    """Show this person's memberships under the login of today, which is nobody else's any more."""
    for member in Member.objects.filter(github_id=user.github_id).exclude(github_login=user.github_login):
        Member.objects.filter(pk=member.pk).update(github_login=user.github_login)
        members_changed.fire(project_id=member.project_id)


def verified_email(emails: Any) -> str | None:
    """The address to keep: the primary one if verified, else the first verified one, else none (an empty string).

    None where GitHub gave no list, which says nothing about the addresses.
    """
    if not isinstance(emails, list):
        return None
    verified = [one for one in emails if isinstance(one, dict) and one.get("verified") is True and usable(one)]
    primary = [one for one in verified if one.get("primary") is True]
    return next((one["email"] for one in primary + verified), "")


def usable(entry: dict[str, Any]) -> bool:
    """Whether an entry holds an address that we can store and write to."""
    address = entry.get("email")
    if not isinstance(address, str) or len(address) > LONGEST_EMAIL:
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
