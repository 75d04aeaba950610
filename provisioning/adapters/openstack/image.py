"""glance: the images that the cloud offers, and those that a project has made."""

from typing import Any

from provisioning.adapters.openstack.session import Api

Row = dict[str, Any]


class Image(Api):
    service = "image"

    def images(self, **filters: Any) -> list[Row]:
        return self.listed("/images", "images", **filters)

    def image(self, image_id: str) -> Row:
        return dict(self.get(f"/images/{image_id}"))

    def of(self, project_id: str) -> list[Row]:
        """All of a project's images, hidden and community ones too, which glance lists only where they are asked for.

        `members` are the other projects that were let in to one that is shared.
        """
        shown = self.images(owner=project_id, visibility="all")
        hidden = self.images(owner=project_id, visibility="all", os_hidden="true")
        rows = {row["id"]: row for row in (*shown, *hidden)}
        return [{**row, "members": self._members(row)} for row in rows.values()]

    def _members(self, row: Row) -> list[str]:
        """Shared is what glance makes of every new image: it says nothing before somebody is let in."""
        if row.get("visibility") != "shared":
            return []
        return [one["member_id"] for one in self.get(f"/images/{row['id']}/members")["members"]]

    def remove(self, image_id: str) -> None:
        """Raises Rejected where it is protected."""
        self.delete(f"/images/{image_id}")
