"""One OpenStack as the steps see it: one attribute for each service."""

import os
import threading
from typing import Final

from django.conf import settings

from provisioning.adapters.openstack.block_storage import BlockStorage
from provisioning.adapters.openstack.compute import Compute
from provisioning.adapters.openstack.identity import Identity
from provisioning.adapters.openstack.image import Image
from provisioning.adapters.openstack.network import Network
from provisioning.adapters.openstack.placement import Placement
from provisioning.adapters.openstack.session import Wire
from provisioning.errors import Broken, Failure, Rejected

CONSOLES: Final = (("vnc", "novnc"), ("spice", "spice-html5"), ("serial", "serial"))


class OpenStackCloud:
    """A cloud by its name in clouds.yaml. Calls act as the portal, those given a Scope as that service user.

    `sign_in` is what a member's own clouds.yaml must say of it: where, and in which region.
    """

    def __init__(self, name: str, *, config_file: str, timeout: float, domain: str) -> None:
        self.name = name
        wire = Wire(name, config_file=config_file, timeout=timeout)
        self.identity = Identity(wire, domain)
        self.compute = Compute(wire)
        self.network = Network(wire)
        self.volume = BlockStorage(wire)
        self.image = Image(wire)
        self.placement = Placement(wire)
        self.sign_in = {"auth_url": wire.auth_url, "region": str(wire.region.region_name or "")}

    def console_log(self, server_id: str) -> str:
        """What the server has written to its console so far."""
        return self.compute.console_log(server_id)

    def console_url(self, server_id: str) -> str:
        """A link to the server's console that expires by itself. Raises Rejected where the cloud offers none."""
        for protocol, kind in CONSOLES:
            try:
                return self.compute.console_url(server_id, protocol, kind)
            except Rejected:
                continue
        raise Rejected("This cloud offers no console in the browser.", who="lab")


_clouds: dict[tuple[int, str, str], OpenStackCloud] = {}
_lock = threading.Lock()


def open_cloud(name: str) -> OpenStackCloud:
    """The cloud of that name, one for each process: a forked child must not share its parent's connections.

    Raises Broken where clouds.yaml or the cloud in it is missing.
    """
    file = str(settings.OS_CLIENT_CONFIG_FILE or "")
    if not file or not os.access(file, os.R_OK):
        raise Broken("OS_CLIENT_CONFIG_FILE names no file that can be read.", code=Failure.SET_UP)
    key = (os.getpid(), name, file)
    with _lock:
        if key not in _clouds:
            _clouds[key] = OpenStackCloud(
                name, config_file=file, timeout=settings.ENGINE_TIMEOUT, domain=settings.CLOUD_DOMAIN
            )
        return _clouds[key]


def forget_clouds() -> None:
    """Drop all connections, as after a change of clouds.yaml."""
    with _lock:
        _clouds.clear()
