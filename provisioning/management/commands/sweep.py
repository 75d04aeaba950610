"""`manage.py sweep`: what is ours in the clouds and owned by no row; a dry run unless told otherwise."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Max

from projects.models import Cloud
from provisioning import engine, observe, sweep
from provisioning.adapters.openstack import open_cloud
from provisioning.errors import ProviderError
from provisioning.identities import KINDS as IDENTITY
from provisioning.identities import note_identity
from provisioning.models import Sighting, Watch


class Command(BaseCommand):
    """Looks, and lists strays with their evidence; `--reclaim` takes back those met twice whose grace time is over."""

    help = "List what carries our tag and is owned by no row. Changes nothing without --reclaim."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("clouds", nargs="*", help="names of clouds; all of them if none is given")
        parser.add_argument("--reclaim", action="store_true", help="take back leaks whose grace time is over")

    def handle(self, *_: Any, **options: Any) -> None:
        names = options["clouds"] or list(Cloud.objects.values_list("name", flat=True))
        try:
            for name in names:
                self._cloud(name, reclaim=options["reclaim"])
        except engine.NotThisDeployment as refusal:
            raise CommandError(str(refusal)) from refusal

    def _cloud(self, name: str, *, reclaim: bool) -> None:
        engine.deployment()
        trouble = ""
        try:
            cloud = open_cloud(name)
            engine.ask_for_full(name)
            observe.look(name, cloud)
            note_identity(name, cloud)
        except ProviderError as error:
            trouble = f" Not looked at now: {error.words}"
        self.stdout.write(f"{name}: {_ages(name)}.{trouble}")  # a look by a worker a moment ago counts, too
        with transaction.atomic():
            report = sweep.sweep(name, reclaim=True) if reclaim else sweep.Report(tuple(sweep.strays(name)))
        for stray in report.strays:
            row = stray.sighting
            mark = "leak" if stray.sighting.leak else "seen once"
            self.stdout.write(f"{name}  {row.kind}  {row.external_id}  {row.name}  {mark}  {stray.tag}  {stray.why}")
        doing = f"{report.reclaimed} being taken back" if reclaim else "dry run: nothing was changed"
        self.stdout.write(f"{name}: {len(report.strays)} without an owner; {doing}")


def _ages(name: str) -> str:
    """When what is known of a cloud was seen."""
    full_at = Watch.objects.filter(cloud=name).values_list("full_at", flat=True).first()
    noted = Sighting.objects.filter(cloud=name, kind__in=IDENTITY).aggregate(at=Max("seen_at"))["at"]
    return f"servers and volumes were listed {_when(full_at)}, projects and users {_when(noted)}"


def _when(moment: datetime | None) -> str:
    return f"at {moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
