"""Who CI is open to follows the project's members: plans that still say otherwise are written anew."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform

from projects.repositories import is_login
from provisioning.models import Plan
from provisioning.sids import is_person


def builds_as(login: str) -> bool:
    """Whether a member of this label can be let into Jenkins: by a login that is known, and one person's there."""
    return is_login(login) and is_person(login)


def mark_people(**which: Any) -> set[str]:
    """Have the plans written anew, of those that `which` picks, whose CI folder is not open to exactly the members.

    A member counts whose numeric GitHub id is known and who builds_as() somebody. Answers the clouds on which there is
    work now.
    """
    known = Q(allocation__project__members__github_id__isnull=False)
    members = ArrayAgg("allocation__project__members__github_login", filter=known, default=[])
    open_to = Plan.objects.filter(desired="present", steps__kind="folder", steps__wanted=True, **which)
    rows = open_to.annotate(logins=KeyTransform("logins", F("steps__want")), members=members)
    stale = [
        (pk, cloud)
        for pk, cloud, logins, theirs in rows.values_list("pk", "cloud", "logins", "members")
        if sorted(logins) != sorted(filter(builds_as, theirs))
    ]
    Plan.objects.filter(pk__in=[pk for pk, _ in stale]).update(outdated=True)
    return {cloud for _, cloud in stale}
