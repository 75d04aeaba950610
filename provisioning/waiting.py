"""Whether a change of what was granted waits at the lab: told in the query that reads the allocation."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from projects.models import AccessRequest, Allocation


def with_waiting(rows: QuerySet[Allocation]) -> QuerySet[Allocation]:
    """Allocations that bring the open request for their change as `waiting`: its id, requester and day, or None."""
    told = JSONObject(id="pk", requester="requester_id", since="submitted_at")
    asked = AccessRequest.objects.open().filter(allocation=OuterRef("pk"))
    return rows.annotate(waiting=Subquery(asked.values(told=told)[:1]))
