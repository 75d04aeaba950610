"""Folders and jobs: found by full name, made with mark and permissions in one call, never touched where not ours."""

from collections.abc import Collection
from typing import Final
from xml.etree import ElementTree as ET

from provisioning.adapters.jenkins import config
from provisioning.adapters.jenkins.client import Client, item_path
from provisioning.adapters.jenkins.rows import Item

FOLDER: Final = "com.cloudbees.hudson.plugins.folder.Folder"


class Items:
    """What folders and jobs share; `matrix` is the property that holds their permissions."""

    matrix = ""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.documents = config.Documents(client, item_path)

    def find(self, name: str, mark: str) -> Item | None:
        """None where there is none. Raises Rejected where it is not ours."""
        document = self.documents.find(name, mark)
        return None if document is None else self._row(name, document)

    def permit(self, name: str, mark: str, lines: Collection[str]) -> Item:
        """Let in exactly whom these lines name, the portal's own account among them, or it shuts itself out."""
        return self.change(name, mark, lambda document: config.set_lines(document, self.matrix, lines))

    def change(self, name: str, mark: str, change: config.Change) -> Item:
        """Make its configuration as wanted, leave the rest of it as it is, and see that it was kept."""
        return self._row(name, self.documents.change(name, mark, change))

    def remove(self, name: str, mark: str) -> bool:
        """True once it is seen to be gone."""
        if self.documents.find(name, mark) is not None:
            self.client.post(f"{item_path(name)}doDelete")
        return self.documents.find(name, mark) is None

    def _create(self, name: str, document: ET.Element, about: str, mark: str, lines: Collection[str] | None) -> Item:
        config.set_text(document, "description", config.described(about, mark))
        if lines is not None:
            config.set_lines(document, self.matrix, lines)
        folder, _, short = name.rpartition("/")
        data = config.written(document)
        self.client.post(f"{item_path(folder)}createItem", data=data, params={"name": short})
        return self.change(name, mark, lambda kept: lines is not None and config.set_lines(kept, self.matrix, lines))

    def _row(self, name: str, document: ET.Element) -> Item:
        return Item(
            name,
            config.text_of(document, "description"),
            config.lines_of(document, self.matrix),
            inherits=config.inherits(document, self.matrix),
        )


class Folders(Items):
    matrix = "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty"

    def create(self, name: str, *, about: str, mark: str, lines: Collection[str]) -> Item:
        """An empty folder that shows itself as `about`, closed from the first moment to all but whom the lines name."""
        document = ET.Element(FOLDER)
        config.set_text(document, "displayName", about)
        return self._create(name, document, about, mark, lines)


class Jobs(Items):
    matrix = "hudson.security.AuthorizationMatrixProperty"

    def create(
        self, name: str, document: ET.Element, *, about: str, mark: str, lines: Collection[str] | None = None
    ) -> Item:
        """A job of that configuration; without lines of its own its folder's hold."""
        return self._create(name, document, about, mark, lines)
