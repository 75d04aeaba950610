"""The rows of people and promises, one module a noun."""

from projects.models.allocations import Allocation
from projects.models.catalog import Cloud, Flavor, Generation, Host, Image, Pool, VolumeType
from projects.models.gpus import GpuHost
from projects.models.people import Member, Project, SshKey, User
from projects.models.records import Event, Lookup, Mail
from projects.models.requests import AccessRequest, Decision, Part
from projects.models.tickets import Message, Ticket

__all__ = [
    "AccessRequest",
    "Allocation",
    "Cloud",
    "Decision",
    "Event",
    "Flavor",
    "Generation",
    "GpuHost",
    "Host",
    "Image",
    "Lookup",
    "Mail",
    "Member",
    "Message",
    "Part",
    "Pool",
    "Project",
    "SshKey",
    "Ticket",
    "User",
    "VolumeType",
]
