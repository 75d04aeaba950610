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

    def remove(self, image_id: str) -> None:
        """Raises Rejected where it is protected."""
        self.delete(f"/images/{image_id}")
