"""`manage.py refresh_catalog [CLOUD...]`: read at once what clouds offer, as the portal does by itself now and then."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.models import Flavor, Host, Image
from provisioning.catalog import refresh
from provisioning.errors import ProviderError


class Command(BaseCommand):
    """Reads each cloud into the catalog. Raises CommandError at the first that cannot be read."""

    help = "Read what clouds offer into the catalog: flavors, images, hosts, volume types, storage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("clouds", nargs="*", help="names in clouds.yaml; those of PORTAL_CLOUDS if none is given")

    def handle(self, *_: Any, **options: Any) -> None:
        names = options["clouds"] or sorted(settings.CLOUDS)
        if not names:
            raise CommandError("No cloud is named: set PORTAL_CLOUDS, or name one.")
        for name in names:
            self._read(name)
            if options["verbosity"]:
                self.stdout.write(f"{name}: {counts(name)}")

    def _read(self, name: str) -> None:
        try:
            refresh(name)
        except ProviderError as error:
            raise CommandError(f"{name} cannot be read: {error.words}") from error


def counts(name: str) -> str:
    """How many of each kind the cloud offers now, in words."""
    offered = {"cloud__name": name, "present": True}
    found = {
        "flavors": Flavor.objects.filter(**offered).count(),
        "images": Image.objects.filter(**offered).count(),
        "hosts": Host.objects.filter(**offered).count(),
    }
    return ", ".join(f"{number} {what}" for what, number in found.items())
