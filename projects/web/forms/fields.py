"""What is asked about servers that are alike, a cloud project of one's own, and CI: the same fields on each page."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from projects.errors import Invalid
from projects.grants import CiGrant
from projects.services.requests.ci import check_logins, check_repositories
from projects.services.requests.parts import MOST_ACCESS, MOST_SERVERS, MOST_VOLUME_GIB
from projects.web.forms.text import Line, Text
from projects.web.offer import GIB

PORTS: Final = re.compile(r"[\s,;]+")


def whole(label: str, most: int, *, least: int = 0, initial: int = 0, **options: Any) -> forms.IntegerField:
    """A whole number within limits, which every message names."""
    told = f"Give a whole number from {least:,} to {most:,}."
    errors = {"invalid": told, "min_value": told, "max_value": told, "required": told}
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, initial=initial, error_messages=errors, **options
    )


def choice(label: str, what: str, **options: Any) -> forms.ChoiceField:
    """One of a list; `what` is how messages name what is to be chosen."""
    errors = {
        "required": f"Choose {what}.",
        "invalid_choice": f"This is no longer offered; choose {what} from the list.",
    }
    return forms.ChoiceField(label=label, error_messages=errors, **options)


class ServerFields(forms.Form):
    """What is asked about servers that are alike, on whichever page."""

    flavor = choice("Flavor", "a flavor")
    image = choice("Image", "an image")
    count = whole("How many", MOST_SERVERS, least=1, initial=1)
    volume_gib = whole("Volume, GiB", MOST_VOLUME_GIB, help_text="For each server; 0 for none.")
    ports = Line(
        label="Open TCP ports",
        max_length=200,
        required=False,
        help_text="Open to everybody besides SSH, such as 80, 443.",
    )
    floating_ip = forms.BooleanField(label="A public IP address", required=False)

    def clean_ports(self) -> tuple[int, ...]:
        """The ports as numbers."""
        return parse_ports(str(self.cleaned_data["ports"]))


class AccessFields(forms.Form):
    """The amount of a cloud project of one's own, on whichever page."""

    instances = whole("Servers at most", MOST_ACCESS.instances, least=1, initial=2)
    vcpus = whole("vCPUs", MOST_ACCESS.vcpus, least=1, initial=8)
    ram_gib = whole("RAM, GiB", MOST_ACCESS.ram_mib // GIB, least=1, initial=16)
    volumes = whole("Volumes", MOST_ACCESS.volumes, initial=2)
    volume_gib = whole("Volumes together, GiB", MOST_ACCESS.volume_gib, initial=100)

    @property
    def blank(self) -> bool:
        """Never: a figure always says something."""
        return False

    def clean(self) -> dict[str, Any]:
        """Volumes need room."""
        data = super().clean() or self.cleaned_data
        if data.get("volumes") and data.get("volume_gib") == 0:
            self.add_error("volume_gib", "Give how many GiB the volumes need together, or 0 volumes.")
        return data


class CiFields(forms.Form):
    """Whose builds the lab's Jenkins is to run, on whichever page."""

    repositories = Text(
        label="Repositories",
        max_length=5000,
        rows=3,
        help_text="The https addresses that Jenkins clones, one in a line; each gets a job.",
        error_messages={"required": "Give one repository at least."},
    )
    logins = Text(
        label="GitHub logins of others who build",
        max_length=2500,
        rows=2,
        required=False,
        help_text="One in a line. They become members of the project; you are one already.",
    )
    gpu = forms.BooleanField(
        label="Jobs need a GPU",
        required=False,
        help_text="The lab lets each project onto its GPU machine by hand; until then such jobs wait.",
    )

    @property
    def blank(self) -> bool:
        """Never: where it is asked, something is given."""
        return False

    def clean_repositories(self) -> tuple[str, ...]:
        """The addresses, each once."""
        return _checked(check_repositories, dict.fromkeys(self.cleaned_data["repositories"].split()))

    def clean_logins(self) -> tuple[str, ...]:
        """The logins, each once; commas and a leading @ are how people write them."""
        typed = re.split(r"[\s,;]+", self.cleaned_data["logins"])
        return _checked(check_logins, dict.fromkeys(login.removeprefix("@") for login in typed if login))

    @property
    def ci(self) -> CiGrant:
        """What a valid form asks for."""
        data = self.cleaned_data
        return CiGrant(data["repositories"], data.get("logins", ()), data["gpu"])


class JobFields(CiFields):
    """The same of CI that stands: who builds there are the project's members, whom its owners add."""

    logins = None  # type: ignore[assignment]  # Django's way to take a field out of a subclass


def shown_ci(ci: CiGrant | None) -> dict[str, Any]:
    """A grant as these fields show it."""
    told = ci or CiGrant()
    return {"repositories": "\n".join(told.repositories), "logins": "\n".join(told.logins), "gpu": told.gpu}


def _checked(check: Callable[[tuple[str, ...], str], None], values: Iterable[str]) -> tuple[str, ...]:
    """The values, or the services' refusal as a form error."""
    found = tuple(values)
    try:
        check(found, "")
    except Invalid as error:
        raise ValidationError(str(error)) from error
    return found


def parse_ports(typed: str) -> tuple[int, ...]:
    """TCP ports from text such as `80, 443`. Raises ValidationError for what is no port."""
    words = [word for word in PORTS.split(typed) if word]
    if len(words) > 20:
        raise ValidationError("These are more than 20 ports; leave some out.")
    if wrong := next((word for word in words if not _is_port(word)), ""):
        raise ValidationError(f"“{wrong[:20]}” is no port; give numbers from 1 to 65535, such as 80, 443.")
    return tuple(sorted({int(word) for word in words} - {22}))


def _is_port(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 5 and 1 <= int(word) <= 65535
