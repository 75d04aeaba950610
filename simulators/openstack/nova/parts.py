"""Small listings that clients ask for in passing."""

from simulators.openstack.call import Call, Routes
from simulators.openstack.nova.common import routes
from simulators.openstack.nova.consoles import page
from simulators.openstack.store import Row

outside = Routes("/compute")
outside.get("/console/<kind>/<id>", public=True)(page)


@routes.get("/extensions")
def extensions(call: Call) -> Row:
    return {"extensions": []}


@routes.get("/os-migrations")
def migrations(call: Call) -> Row:
    call.admin("os_compute_api:os-migrations:index")
    return {"migrations": []}


@routes.get("/servers/<id>/migrations")
def server_migrations(call: Call, id: str) -> Row:
    return {"migrations": []}
