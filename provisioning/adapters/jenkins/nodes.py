"""Agents: made for inbound connections, relabelled, drained, deleted; never touched where they are not ours."""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from xml.etree import ElementTree as ET

import jenkins

from provisioning.adapters.jenkins import config, listing
from provisioning.adapters.jenkins.client import Client, node_path
from provisioning.adapters.jenkins.errors import SYSTEM, Absent, rejected
from provisioning.adapters.jenkins.rows import Agent, Node
from provisioning.errors import Busy, Failure, ProviderError

LABEL: Final = re.compile(r"""[^\s&|!<>()"']+""")  # what is no operator of a label expression


class Nodes:
    """Agents by name. A name is never used again: Jenkins gives the same secret to every agent of one name."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.documents = config.Documents(client, node_path)

    def find(self, name: str, mark: str) -> Node | None:
        """None where there is none. Raises Rejected where it is not ours."""
        document = self.documents.find(name, mark)
        return None if document is None else _row(name, document)

    def create(
        self, name: str, *, about: str, mark: str, labels: Iterable[str], executors: int, home: str, exclusive: bool
    ) -> Node:
        """An agent that connects by itself, over WebSocket; `home` is its directory, `executors` at least 1.

        `exclusive` keeps jobs away that do not ask for one of its labels.
        """
        try:
            self.client.create_node(
                name,
                numExecutors=executors,
                nodeDescription=config.described(about, mark),
                remoteFS=home,
                labels=_label_string(labels),
                exclusive=exclusive,
                launcher=jenkins.LAUNCHER_JNLP,
                launcher_params={"webSocket": True},  # python-jenkins writes into its default
            )
        except ProviderError:
            raise
        except jenkins.JenkinsException:
            pass  # it was there before, or is not there after: the look says which, and whose it is
        found = self.find(name, mark)
        if found is None:
            raise Busy(f"The agent {name} is not in Jenkins yet.", system=SYSTEM)
        return found

    def secret(self, name: str, mark: str) -> str:
        """What the agent's process proves itself with."""
        self._ours(name, mark)
        answer = config.read(self.client.get(f"{node_path(name)}jenkins-agent.jnlp").content)
        secret = answer.findtext("application-desc/argument")  # the first
        if not secret:
            raise rejected(f"Jenkins tells no secret of the agent {name}; does it connect by itself?", Failure.SET_UP)
        return secret

    def relabel(self, name: str, mark: str, labels: Iterable[str]) -> Node:
        """Exactly these labels; all else stays, an offline mark too."""
        wanted = _label_string(labels)

        def change(document: ET.Element) -> bool:
            if _labels(document) == frozenset(wanted.split()):
                return False
            config.set_text(document, "label", wanted)
            return True

        return _row(name, self.documents.change(name, mark, change))

    def state(self, name: str) -> Agent:
        """How it is now. Raises Gone where there is none."""
        return listing.agent(self.client.tree(node_path(name), listing.AGENT))

    def drain(self, name: str, mark: str, reason: str) -> Agent:
        """Let it take no new builds; those that run go on. What a monitor marked becomes ours to undo."""
        self._ours(name, mark)
        if not self.state(name).drained:
            self.client.post(f"{node_path(name)}changeOfflineCause", params={"offlineMessage": reason})
        return self._seen(name, drained=True)

    def undrain(self, name: str, mark: str) -> Agent:
        """Let it take builds again, unless a monitor holds it off; it need not be connected."""
        self._ours(name, mark)
        if self.state(name).drained:  # the address switches: what is not marked would become so
            self.client.post(f"{node_path(name)}toggleOffline")
        return self._seen(name, drained=False)

    def remove(self, name: str, mark: str) -> bool:
        """True once it is seen to be gone: one that builds stays for a while, and builds on. Drain it first."""
        if self.documents.find(name, mark) is not None:
            self.client.post(f"{node_path(name)}doDelete")
        with suppress(Absent):
            self.state(name)
            return False
        return True

    def _seen(self, name: str, *, drained: bool) -> Agent:
        seen = self.state(name)
        if seen.drained != drained:
            raise Busy(f"Somebody else marked the agent {name} at the same time.", system=SYSTEM)
        return seen

    def _ours(self, name: str, mark: str) -> None:
        if self.documents.find(name, mark) is None:
            raise Absent(f"The agent {name} is not in Jenkins.", system=SYSTEM)


def _row(name: str, document: ET.Element) -> Node:
    return Node(name, config.text_of(document, "description"), _labels(document))


def _labels(document: ET.Element) -> frozenset[str]:
    return frozenset(config.text_of(document, "label").split())


def _label_string(labels: Iterable[str]) -> str:
    """As Jenkins stores them. It refuses nothing, but what reads as an operator no job could ask for."""
    wanted = sorted(set(labels))
    for label in wanted:
        if not LABEL.fullmatch(label):
            raise rejected(f"{label!r} is no label: no spaces, quotes, brackets or any of & | ! < > in it.")
    return " ".join(wanted)
