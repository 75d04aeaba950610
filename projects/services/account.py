"""What is stored about a person: shown, exported, erased."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from projects.errors import LastOwner
from projects.history import happenings, with_names
from projects.models import AccessRequest, Allocation, Event, Lookup, Mail, Member, Message, Part, SshKey, User
from projects.models.people import NOBODY
from projects.services.events import record_event
from projects.services.hooks import account_erased, members_changed
from projects.services.members import LEFT, is_last_owner, tell_of_credentials
from projects.services.requests import withdraw_request
from projects.states import OPEN_REQUESTS, Desired, LookupKind


def stored_about(user: User) -> dict[str, Any]:
    """All that is stored about a person, as plain JSON with dates in ISO 8601 (UTC)."""
    requests = AccessRequest.objects.filter(requester=user).order_by("pk")
    members = Member.objects.filter(github_id=user.github_id or NOBODY).select_related("project").order_by("pk")
    return {
        "account": {
            "github_id": user.github_id,
            "github_login": user.github_login,
            "email": user.email,
            "joined_at": user.joined_at.isoformat(),
        },
        "ssh_keys": list(SshKey.objects.filter(user=user).values("kind", "public_key", "comment", "fingerprint")),
        "requests": [_request(request) for request in requests],
        "memberships": [{"project": member.project.name, "role": member.role} for member in members],
        "messages": _times(Message.objects.filter(author=user).values("ticket_id", "text", "at")),
        "mails": _times(Mail.objects.filter(person=user).values("subject", "text", "due_at")),
        "events": [
            {"verb": told.verb, "text": told.text, "at": told.at.isoformat()}
            for told in happenings(with_names(Event.objects.filter(actor_id=user.github_id or NOBODY).order_by("id")))
        ],
    }


@transaction.atomic
def erase_account(*, user: User) -> None:
    """Erase login, e-mail, keys, contacts and memberships; the audit keeps the numeric id alone.

    Raises LastOwner for the last owner of a project that still holds something: its data would be nobody's. Open
    requests are withdrawn, drafts deleted. What people wrote themselves, to the desk or as the reason of a decision,
    stays as they wrote it. provisioning.erasure takes the account out of the plans a little later.
    """
    fresh = User.objects.select_for_update().get(pk=user.pk)
    waiting = Q(github_id=None, github_login__iexact=fresh.github_login)
    mine = Member.objects.select_for_update(of=("self",)).filter(Q(github_id=fresh.github_id or NOBODY) | waiting)
    members = list(mine.select_related("project"))
    for member in members:
        if is_last_owner(member) and _is_live(member):
            raise LastOwner(project=member.project.name)
    record_event(verb="account.erased", actor=fresh, target=f"user {fresh.pk}", text="An account was erased")
    _forget_requests(fresh)
    _forget_contacts(fresh.email)
    _forget_accounts(fresh.github_id or NOBODY)
    _forget_builder(fresh.github_login)
    asked = Q(key=fresh.github_login.lower()) | Q(answer__id=fresh.github_id or NOBODY)  # under an earlier login, too
    Lookup.objects.filter(asked, kind__in=(LookupKind.LOGIN, LookupKind.KEYS)).delete()
    Member.objects.filter(pk__in=[member.pk for member in members]).delete()
    for member in members:
        tell_of_credentials(member.project, LEFT, key=f"member:{member.pk}:credential")
        members_changed.fire(project_id=member.project_id)
    SshKey.objects.filter(user=fresh).delete()
    Mail.objects.filter(person=fresh).delete()
    fresh.email, fresh.github_login, fresh.is_active, fresh.erased_at = "", "", False, timezone.now()
    fresh.save(update_fields=["email", "github_login", "is_active", "erased_at"])
    account_erased.fire(user_id=fresh.pk)


def _is_live(member: Member) -> bool:
    return Allocation.objects.filter(project=member.project_id).exclude(desired=Desired.ABSENT).exists()


def _forget_requests(user: User) -> None:
    """Delete what was never sent, withdraw what is open, and take the contacts and keys out of everything."""
    mine = AccessRequest.objects.filter(requester=user)
    mine.filter(submitted_at=None).delete()
    for request in mine.filter(state__in=OPEN_REQUESTS).order_by("pk"):
        withdraw_request(request=request, by=user, note="The account was erased.")
    mine.update(contacts=[], ssh_keys=[], advocate="")


def _forget_contacts(email: str) -> None:
    """Take the person out of the contacts that others gave."""
    if not email:
        return
    for request in AccessRequest.objects.select_for_update().filter(contacts__icontains=email).order_by("pk"):
        others = [one for one in request.contacts if one["email"].lower() != email.lower()]
        AccessRequest.objects.filter(pk=request.pk).update(contacts=others)


def _forget_accounts(number: int) -> None:
    """Take the account and keys out of what was granted; servers that stand have them until they are built anew."""
    lent = Allocation.objects.select_for_update().filter(people__contains=[{"github_id": number}])
    for allocation in lent.order_by("pk"):
        allocation.people = [person for person in allocation.people if person.get("github_id") != number]
        allocation.save(update_fields=["people"])


def _forget_builder(login: str) -> None:
    """Take the login out of what was asked and granted as CI for others."""
    told = Q(asked__ci__logins__icontains=login) | Q(granted__ci__logins__icontains=login)
    for part in Part.objects.select_for_update().filter(told).order_by("pk") if login else ():
        for stored in filter(None, (part.asked, part.granted)):
            if ci := stored.get("ci"):
                ci["logins"] = [one for one in ci["logins"] if one.casefold() != login.casefold()]
        part.save(update_fields=["asked", "granted"])


def _request(request: AccessRequest) -> dict[str, Any]:
    fields = (
        "name", "web_page", "repository_url", "licence", "mission", "community", "purpose", "usage", "duration_days",
        "advocate", "ssh_keys", "contacts", "notes", "state",
    )  # fmt: skip
    return {name: getattr(request, name) for name in fields} | {"created_at": request.created_at.isoformat()}


def _times(rows: Any) -> list[dict[str, Any]]:
    return [{name: v.isoformat() if hasattr(v, "isoformat") else v for name, v in row.items()} for row in rows]
