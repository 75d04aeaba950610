"""`manage.py sweep`: what is ours in the clouds and owned by no row; a dry run unless told otherwise."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from projects.models import Cloud
from provisioning import sweep
from provisioning.engine import NotThisDeployment


class Command(BaseCommand):
    """Lists strays with their evidence; `--reclaim` takes back those met twice whose grace time is over."""

    help = "List what carries our tag and is owned by no row. Changes nothing without --reclaim."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("clouds", nargs="*", help="names of clouds; all of them if none is given")
        parser.add_argument("--reclaim", action="store_true", help="take back leaks whose grace time is over")

    def handle(self, *_: Any, **options: Any) -> None:
        names = options["clouds"] or list(Cloud.objects.values_list("name", flat=True))
        try:
            for name in names:
                self._cloud(name, reclaim=options["reclaim"])
        except NotThisDeployment as refusal:
            raise CommandError(str(refusal)) from refusal

    def _cloud(self, name: str, *, reclaim: bool) -> None:
        with transaction.atomic():
            report = sweep.sweep(name, reclaim=True) if reclaim else sweep.Report(tuple(sweep.strays(name)))
        for stray in report.strays:
            row = stray.sighting
            mark = "leak" if stray.leak else "seen once"
            self.stdout.write(f"{name}  {row.kind}  {row.external_id}  {row.name}  {mark}  {stray.tag}  {stray.why}")
        doing = f"{report.reclaimed} being taken back" if reclaim else "dry run: nothing was changed"
        self.stdout.write(f"{name}: {len(report.strays)} without an owner; {doing}")
