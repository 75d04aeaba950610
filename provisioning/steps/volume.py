"""A volume: found again by its metadata; it grows in place and never shrinks."""

from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud, rows
from provisioning.errors import Busy, Failure, Gone, Rejected
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, SeenVolume
from provisioning.spec import VolumeWant
from provisioning.steps.base import POLL, Kind, carries, joined, project_of, scope
from provisioning.steps.explain import explain_volume, volume_in_error

STANDS = frozenset({"available", "in-use", "attaching", "detaching", "reserved", "maintenance", "backing-up"})
SAID = {  # cinder's words where a sentence needs another
    "creating": "being created",
    "downloading": "being filled",
    "extending": "being made larger",
    "attaching": "being attached",
    "detaching": "being detached",
    "in-use": "still in use",
    "deleting": "being deleted",
}


class Volume(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        want = cast("VolumeWant", it.want)
        try:
            volume = self._found(cloud, it)
        except Gone:
            return Missing("The volume is no longer there.")
        if volume is None:
            return Pending(POLL, "The volume is being created.", id=cloud.volume.create_volume(scope(it), body(it)))
        if volume.status.startswith("error"):
            return explain_volume(cloud, want, volume)
        return self._grown(cloud, want, volume) if volume.status in STANDS else judge(volume)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        try:
            found = self.read(cloud, it) if it.external_id else self._by_tag(cloud, it)
            if found is None:
                return Ready()
            if found.status in {"in-use", "detaching", "attaching", "deleting"}:
                return Pending(3, said(found.status), id=found.id)
            forced = found.status == "error_deleting"
            if forced and it.own.get("forced"):
                raise Rejected("The cloud cannot delete the volume.", code=Failure.UPSTREAM_BUG, who="upstream")
            cloud.volume.remove_by_force(found.id) if forced else _remove(cloud, found.id)
        except Gone:
            return Ready()
        return Pending(2, "The volume is being deleted.", id=found.id, facts={"forced": True} if forced else {})

    def watch(self, it: Position) -> Outcome | None:
        if it.seen is None:
            return None
        volume = it.seen.volumes.get(it.external_id)
        if volume is None:
            return Missing("The cloud's listing does not show the volume.")
        outcome = judge(volume)
        return None if isinstance(outcome, Ready) and facts(volume).items() <= it.own.items() else outcome

    def read(self, cloud: OpenStackCloud, it: Position) -> SeenVolume:
        return rows.volume(cloud.volume.volume(it.external_id))

    def _found(self, cloud: OpenStackCloud, it: Position) -> SeenVolume | None:
        if it.external_id:
            return (it.seen and it.seen.volumes.get(it.external_id)) or self.read(cloud, it)
        return self._by_tag(cloud, it)

    @staticmethod
    def _by_tag(cloud: OpenStackCloud, it: Position) -> SeenVolume | None:
        """The oldest that carries our tag; looked for only where an earlier try may have made it."""
        listed = map(rows.volume, cloud.volume.of("volumes", project_of(it))) if it.called else ()
        return min((v for v in listed if carries(v.metadata, it)), key=lambda v: v.created_at, default=None)

    def _grown(self, cloud: OpenStackCloud, want: VolumeWant, volume: SeenVolume) -> Ready | Pending:
        if want.size_gib == volume.size_gib:
            return Ready(id=volume.id, facts=facts(volume))
        now = rows.volume(cloud.volume.volume(volume.id))  # a listing may be older than our last call
        if want.size_gib < now.size_gib:
            words = f"A volume cannot shrink: it has {now.size_gib} GiB, {want.size_gib} GiB are asked for."
            raise Rejected(words, code=Failure.REFUSED)
        if want.size_gib == now.size_gib:
            return Ready(id=now.id, facts=facts(now))
        if now.status in {"available", "in-use"}:
            cloud.volume.extend_volume(now.id, want.size_gib)
        return Pending(3, f"The volume grows from {now.size_gib} to {want.size_gib} GiB.", id=now.id)


def _remove(cloud: OpenStackCloud, volume_id: str) -> None:
    """Delete it. Raises Rejected with the names of snapshots that somebody took of it: those must go first."""
    try:
        cloud.volume.remove("volumes", volume_id)
    except Busy as error:
        names = [str(row.get("name") or row["id"]) for row in cloud.volume.snapshots_of(volume_id)]
        if not names:
            raise
        words = f"The volume cannot be deleted while it has snapshots: {joined(names)}."
        raise Rejected(words, code=Failure.REFUSED, who="lab") from error


def body(it: Position) -> dict[str, Any]:
    want = cast("VolumeWant", it.want)
    return {
        "name": it.tag.name,
        "size": want.size_gib,
        "volume_type": want.volume_type or None,
        "metadata": it.tag.as_metadata(),
    }


def facts(volume: SeenVolume) -> dict[str, Any]:
    return {"status": volume.status, "size_gib": volume.size_gib, "servers": list(volume.servers)}


def said(status: str) -> str:
    """What goes on with it, as a sentence."""
    return f"The volume is {SAID.get(status, status)}."


def judge(volume: SeenVolume) -> Ready | Pending | Missing:
    """What a volume's status comes to."""
    if volume.status in STANDS:
        return Ready(id=volume.id, facts=facts(volume))
    if volume.status.startswith("error"):
        return volume_in_error(volume.status)
    return Pending(POLL, said(volume.status), id=volume.id)
