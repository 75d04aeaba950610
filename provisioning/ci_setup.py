"""What of Jenkins's own set-up would undo the isolation of projects: one ticket while it is so."""

from typing import Final

from django.db import transaction

from projects.services.tickets import open_ticket, resolve_ticket
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.models import Watch

KEY: Final = "jenkins:built-in"
TITLE: Final = "Jenkins runs builds on its own machine"
TEXT: Final = (
    "The built-in node has executors, so builds run beside Jenkins's own files: whoever may build can read the secrets "
    "that it keeps. Set its number of executors to 0 (Manage Jenkins, Nodes, Built-In Node, Configure)."
)
OVER: Final = "The built-in node has no executors any more."


@transaction.atomic
def tell() -> None:
    """Say whether the built-in node can run builds, as the last look showed it."""
    watch = Watch.objects.filter(cloud=SYSTEM).first()
    if watch is None or "built_in" not in watch.marks:
        return
    if watch.marks["built_in"]:
        open_ticket(key=KEY, title=TITLE, text=TEXT, internal=True)
    else:
        resolve_ticket(key=KEY, text=OVER)
