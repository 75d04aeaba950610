"""The catalog, open to everybody: what the clouds offer; hosts and what could not be classified for the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.web.figures import pool_views
from projects.models import Flavor, Host, Image, VolumeType
from projects.models.catalog import Seen

Row = TypeVar("Row", bound=Seen)
BY_SIZE = ("generation__architecture", "generation__order", "vcpus", "ram_mib", "name")


@dataclass(frozen=True, slots=True)
class Unclassified:
    """Something of a cloud that is never offered, and why."""

    kind: str
    row: Seen


@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """Generations, flavors, images, volume types; the desk sees hosts and what is never offered too."""
    desk = http.user.is_authenticated and http.user.is_operator
    flavors = list(_present(Flavor).select_related("cloud", "generation").order_by(*BY_SIZE))
    images = list(_present(Image).select_related("cloud", "generation").order_by("architecture", "name"))
    context = {
        "pools": pool_views(all_of_them=desk),
        "flavors": [row for row in flavors if not row.unclassified and row.generation and row.generation.offered],
        "images": [row for row in images if not row.unclassified],
        "volume_types": _present(VolumeType).select_related("cloud").order_by("name"),
        "desk": desk,
    }
    if desk:
        host_rows = list(_present(Host).select_related("cloud", "generation").order_by("generation__order", "name"))
        context |= {
            "hosts": [row for row in host_rows if not row.unclassified],
            "unclassified": [*_named("Flavor", flavors), *_named("Image", images), *_named("Host", host_rows)],
            "public_flavors": [row for row in flavors if row.public],
        }
    return render(http, "portal/catalog.html", context)


def _present(model: type[Row]) -> QuerySet[Row]:
    return model._default_manager.filter(present=True)  # noqa: SLF001 - Django's documented name for it


def _named(kind: str, rows: Iterable[Seen]) -> list[Unclassified]:
    return [Unclassified(kind, row) for row in rows if row.unclassified]
