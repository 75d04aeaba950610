"""Where a cloud's servers and volumes go: read with the catalog and kept, so that planning needs no call."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction

from provisioning.models import Watch

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """Ids of networks, name of the volume type; empty where there is none."""

    network_id: str = ""
    external_network_id: str = ""
    volume_type: str = ""


class Network(Protocol):
    def networks(self) -> list[dict[str, Any]]: ...


class Volume(Protocol):
    def types(self) -> list[dict[str, Any]]: ...


class Located(Protocol):
    """What must be asked of a cloud to find them."""

    @property
    def network(self) -> Network: ...

    @property
    def volume(self) -> Volume: ...


def read_places(name: str, cloud: Located) -> Places:
    """Ask a cloud for them and keep them. Raises a ProviderError."""
    networks, types = cloud.network.networks(), cloud.volume.types()
    found = Places(
        network_id=_chosen(networks, settings.CATALOG["network"], external=False),
        external_network_id=_chosen(networks, settings.CATALOG["external_network"], external=True),
        volume_type=next((row["name"] for row in types if row["name"] == settings.CATALOG["volume_type"]), ""),
    )
    Watch.objects.get_or_create(cloud=name)
    with transaction.atomic():
        watch = Watch.objects.select_for_update().get(cloud=name)
        watch.marks = {**watch.marks, "places": asdict(found)}
        watch.save(update_fields=["marks"])
    return found


def places(name: str) -> Places:
    """Those found when the cloud was last asked; empty ones before the first time."""
    marks = Watch.objects.filter(cloud=name).values_list("marks", flat=True).first() or {}
    return Places(**marks.get("places", {}))


def _chosen(networks: Iterable[Row], name: str, *, external: bool) -> str:
    """The network of the lab's name, which must be shared (or lead outside), else the only one that is."""
    fit = [row for row in networks if row.get("router:external" if external else "shared")]
    fit = [row for row in fit if external or not row.get("router:external")]
    named = [row for row in fit if row["name"] == name]
    if named or len(fit) == 1:
        return str((named or fit)[0]["id"])
    return ""
