"""nova-compute's driver: stands in for the hypervisors."""

import io
import json
import os
import sys
import time

from nova.cmd import compute  # first: it patches the standard library

# isort: split
from nova import context, exception, objects
from nova.image import glance
from nova.virt import fake
from oslo_serialization import jsonutils


class ComputeDriver(fake.FakeDriver):
    """nova's fake driver, as the kind of machine that OSBOX_HOST describes.

    A server's metadata can ask for trouble, as a real hypervisor might give:
    osbox_spawn_seconds=N makes the boot last N seconds, and
    osbox_spawn_fault=TEXT makes it fail with that text.
    """

    def __init__(self, *args, **kwargs):
        self.machine = json.loads(os.environ["OSBOX_HOST"])
        self.vcpus = self.machine["vcpus"]
        self.memory_mb = self.machine["memory_mb"]
        self.local_gb = self.machine["disk_gb"]
        super().__init__(*args, **kwargs)

    def init_host(self, host):
        """Find the guests again after a restart of nova-compute."""
        super().init_host(host)
        admin = context.get_admin_context()
        for server in objects.InstanceList.get_by_host(admin, host):
            self.instances[server.uuid] = fake.FakeInstance(server.name, server.power_state, server.uuid)

    def get_available_resource(self, nodename):
        resources = super().get_available_resource(nodename)
        arch = self.machine["arch"]
        resources["cpu_info"] = jsonutils.dumps({"arch": arch, "model": self.machine["model"]})
        resources["supported_instances"] = [(arch, "fake", "hvm")]
        return resources

    def update_provider_tree(self, tree, nodename, allocations=None):
        super().update_provider_tree(tree, nodename, allocations)
        tree.add_traits(nodename, *self.machine["traits"])
        if self.machine.get("gpus"):
            inventory = dict(tree.data(nodename).inventory)
            inventory["CUSTOM_GPU"] = {
                "total": self.machine["gpus"],
                "reserved": 0,
                "min_unit": 1,
                "max_unit": self.machine["gpus"],
                "step_size": 1,
                "allocation_ratio": 1.0,
            }
            tree.update_inventory(nodename, inventory)

    def spawn(self, ctxt, instance, *args, **kwargs):
        time.sleep(float(instance.metadata.get("osbox_spawn_seconds", 0)))
        if "osbox_spawn_fault" in instance.metadata:
            raise exception.NovaException(instance.metadata["osbox_spawn_fault"])
        super().spawn(ctxt, instance, *args, **kwargs)

    def snapshot(self, ctxt, instance, image_id, update_task_state):
        super().snapshot(ctxt, instance, image_id, update_task_state)
        glance.API().update(
            ctxt, image_id, {"disk_format": "raw", "container_format": "bare"}, io.BytesIO(b"not a real snapshot\n")
        )


def main():
    # nova takes drivers from its own nova.virt only
    sys.modules["nova.virt.osbox"] = sys.modules[__name__]
    compute.main()
