"""How each kind of resource is made, kept and taken back: one file a kind."""

from collections.abc import Mapping

from provisioning.ports import StepKind
from provisioning.steps.address import Address
from provisioning.steps.attachment import Attachment
from provisioning.steps.credential import Credential
from provisioning.steps.flavor import FlavorAccess
from provisioning.steps.folder import Folder
from provisioning.steps.group import Group
from provisioning.steps.job import Job
from provisioning.steps.orphan import Orphan
from provisioning.steps.port import LeftPort
from provisioning.steps.project import Project
from provisioning.steps.purge import Purge
from provisioning.steps.quota import Quota
from provisioning.steps.role import Role
from provisioning.steps.server import Server
from provisioning.steps.suspension import Suspension
from provisioning.steps.user import User
from provisioning.steps.volume import Volume

KINDS: Mapping[str, StepKind] = {
    "project": Project(),
    "user": User(),
    "role": Role(),
    "quota": Quota(),
    "flavor": FlavorAccess(),
    "group": Group(),
    "volume": Volume(),
    "server": Server(),
    "attachment": Attachment(),
    "address": Address(),
    "credential": Credential(),
    "folder": Folder(),
    "job": Job(),
    "suspension": Suspension(),
    "purge": Purge(),
    "orphan": Orphan(),
    "port": LeftPort(),
}
