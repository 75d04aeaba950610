"""`manage.py deployment` prints the UUID that PORTAL_DEPLOYMENT must name for the engine to act on this database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provisioning.models import Deployment


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        deployment = Deployment.objects.first()
        if deployment is None:
            raise CommandError("This database has no deployment yet: run `manage.py migrate` first.")
        self.stdout.write(str(deployment.id))
