"""How many queries each page takes, with ten projects and with ten thousand."""

from collections.abc import Iterator
from typing import Any

from tests.load.machine import load
from tests.load.report import Row
from tests.load.stage import stage

FEW, MANY, MOST_QUERIES = 10, 10_000, 10


def measure() -> list[Row]:
    """The same pages asked for at both sizes, by staff, who sees everything."""
    with stage("--size", "lab", "--build-seconds", 1):
        few = _counted(FEW)
        many = _counted(MANY)
    more = [path for path in few if many[path][0] > few[path][0]]
    most = max(count for count, _ in many.values())
    slowest = max(many, key=lambda path: many[path][1])
    return [
        Row(
            f"queries of {len(few)} pages at {MANY:,} projects",
            f"no more than at {FEW}, at most {MOST_QUERIES}",
            f"more on {len(more)} {' '.join(more)}, at most {most}",
            load(),
            met=not more and most <= MOST_QUERIES,
        ),
        Row(
            f"slowest page at {MANY:,} projects",
            "for orientation",
            f"{slowest} {1000 * many[slowest][1]:.0f} ms (the same at {FEW}: {1000 * few[slowest][1]:.0f} ms)",
            load(),
            met=True,
        ),
    ]


def _counted(projects: int) -> dict[str, tuple[int, float]]:
    """Queries and seconds of each page."""
    import time

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    _grow(projects)
    client = Client(SERVER_NAME="localhost")
    client.force_login(_director())
    found = {}
    for path in _paths():
        client.get(path)  # the first look may fill caches
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            answer = client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path} answers {answer.status_code}")
        found[path] = (len(queries), time.perf_counter() - began)
    return found


def _director() -> Any:
    from tests import asking

    return asking.director()


def _grow(projects: int) -> None:
    """So many projects with an owner, a ready allocation and a request each, and tickets and events."""
    from projects.models import Cloud, Event, Generation, Member, Project, Ticket
    from tests.factories import (
        AllocationFactory,
        EventFactory,
        MemberFactory,
        ProjectFactory,
        SubmittedRequestFactory,
        TicketFactory,
    )

    cloud, generation = Cloud.objects.get(), Generation.objects.get(slug="power9")
    missing = projects - Project.objects.count()
    made = Project.objects.bulk_create(ProjectFactory.build_batch(missing), batch_size=1000)
    members = [MemberFactory.build(project=project, github_id=10**6 + project.pk, role="owner") for project in made]
    Member.objects.bulk_create(members, batch_size=1000)
    rows = [AllocationFactory.build(project=p, cloud=cloud, generation=generation, phase="ready") for p in made]
    type(rows[0]).objects.bulk_create(rows, batch_size=1000)
    requests = [SubmittedRequestFactory.build(requester=_director()) for _ in made]
    for request in requests:
        request.name_key = request.name.casefold()
    type(requests[0]).objects.bulk_create(requests, batch_size=1000)
    Ticket.objects.bulk_create(TicketFactory.build_batch(missing), batch_size=1000)
    Event.objects.bulk_create([EventFactory.build(project=made[0]) for _ in made], batch_size=1000)


def _paths() -> Iterator[str]:
    from projects.models import AccessRequest, Project

    yield from ("/", "/catalog/", "/projects/", "/requests/", "/tickets/", "/desk/", "/account/", "/mail/")
    yield from ("/desk/trouble/", "/desk/endings/", "/desk/leaks/", "/desk/clouds/")
    yield f"/projects/{Project.objects.order_by('id')[0].slug}/"
    yield f"/projects/{Project.objects.order_by('id')[0].slug}/history/"
    yield f"/requests/{AccessRequest.objects.order_by('id')[0].pk}/"
    yield f"/desk/requests/{AccessRequest.objects.order_by('id')[0].pk}/"
