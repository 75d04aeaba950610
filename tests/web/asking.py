"""The request form, step by step, as a browser without scripts sends it."""

from typing import Any

from django.test import Client

from projects.models import AccessRequest, Flavor, Image
from projects.rules import RULES_VERSION

PROJECT = {
    "name": "Libfast",
    "repository_url": "https://github.com/example/libfast",
    "licence": "MIT",
    "mission": "Makes things fast.",
}
PURPOSE = {"purpose": "porting", "usage": "Builds and tests of each commit.", "duration_days": "365"}


def key_of(model: type[Flavor] | type[Image], name: str) -> str:
    """What the form sends for a flavor or an image."""
    return str(model.objects.get(name=name).pk)


def server_row(
    number: int = 0, flavor: str = "p9.small", image: str = "debian-12-ppc64le", **more: Any
) -> dict[str, str]:
    """One row of servers."""
    row = {"flavor": key_of(Flavor, flavor), "image": key_of(Image, image), "count": "1", "volume_gib": "50", **more}
    return {f"servers-{number}-{name}": str(value) for name, value in row.items()}


def need(**more: Any) -> dict[str, str]:
    """The step of what is needed with one row."""
    return {"servers-count": "1", "access-count": "0", **server_row(), **more}


def people(public_key: str = "", **more: Any) -> dict[str, str]:
    """The step of keys and contacts."""
    return {"ssh_keys": public_key, "contact_name_1": "Ada", "contact_email_1": "ada@example.org", **more}


def fill(client: Client, public_key: str, **project: str) -> AccessRequest:
    """A draft with all steps filled in."""
    for step, data in (
        ("project", {**PROJECT, **project}),
        ("purpose", PURPOSE),
        ("need", need()),
        ("people", people(public_key)),
    ):
        answer = client.post(f"/ask/{step}/", data)
        assert answer.status_code == 302, answer.content.decode()
    return AccessRequest.objects.latest("pk")


def send(client: Client) -> Any:
    """The last click."""
    return client.post("/ask/send/", {"rules": RULES_VERSION})
