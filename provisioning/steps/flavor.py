"""A private flavor opened for the cloud project: the pair is the key."""

from typing import cast

from provisioning.adapters.openstack import Conflict, OpenStackCloud
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Ready
from provisioning.ports import Position
from provisioning.spec import FlavorAccessWant
from provisioning.steps.base import Kind, project_of


class FlavorAccess(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready:
        want = cast("FlavorAccessWant", it.want)
        try:
            cloud.compute.open_flavor(want.flavor_id, project_of(it))
        except Conflict:  # the pair is there already, says nova; this look shows whether it is
            if project_of(it) not in cloud.compute.flavor_projects(want.flavor_id):
                raise
        except Gone as error:
            raise Rejected(f"The cloud has no flavor {want.flavor} any more.", code=Failure.MISMATCH) from error
        return Ready(id=want.flavor_id)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        if it.called or it.external_id:
            try:
                cloud.compute.close_flavor(cast("FlavorAccessWant", it.want).flavor_id, project_of(it))
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        want = cast("FlavorAccessWant", it.want)
        if project_of(it) not in cloud.compute.flavor_projects(want.flavor_id):
            raise Gone(f"Flavor {want.flavor} is closed to the project.")
        return None
