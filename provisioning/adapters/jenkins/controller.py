"""The lab's one Jenkins as steps and pages see it."""

import os
from functools import cache

from django.conf import settings

from provisioning.adapters.jenkins.builds import Builds
from provisioning.adapters.jenkins.client import Client
from provisioning.adapters.jenkins.errors import set_up
from provisioning.adapters.jenkins.items import Folders, Jobs
from provisioning.adapters.jenkins.nodes import Nodes


class Controller:
    """A Jenkins at its public address, as one user with an API token; `timeout` of each call in seconds.

    Threads may share it. Every method raises a ProviderError of the system `jenkins`.
    """

    def __init__(self, url: str, user: str, token: str, timeout: float) -> None:
        self.url = url
        self.client = Client(url, user, token, timeout)
        self.folders, self.jobs = Folders(self.client), Jobs(self.client)
        self.nodes, self.builds = Nodes(self.client), Builds(self.client)

    def whoami(self) -> str:
        """The id of the account; Broken where Jenkins does not accept it, Busy where it does not answer."""
        return str(self.client.get_whoami()["id"])


def open_controller() -> Controller:
    """The lab's Jenkins, one for each process: a forked child must not share its parent's connections.

    Raises Broken where it is not told of in the settings.
    """
    told = (settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN)
    if not all(told):
        raise set_up("JENKINS_URL, JENKINS_USER and JENKINS_TOKEN must all be set.")
    return _controller(os.getpid(), *told, settings.JENKINS_TIMEOUT)


@cache
def _controller(_process: int, url: str, user: str, token: str, timeout: float) -> Controller:
    return Controller(url, user, token, timeout)
