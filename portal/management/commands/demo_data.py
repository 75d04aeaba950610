"""`manage.py demo_data --size small|lab`: what the demo shows at first, put there through the services."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.demo.scenes import GPU_HOST, GPU_LOAN_DAYS, SMALL, Scene, lab
from projects.models import AccessRequest, Cloud, Generation, GpuHost, Host, User
from projects.rules import RULES_VERSION
from projects.services import requests
from projects.services.gpus import keep_gpu_host
from projects.states import Kind
from provisioning.catalog import refresh

WHY = "Demo data: the simulated GitHub had not been asked yet."


class Command(BaseCommand):
    """Reads the catalog, then plays each scene that was not played before."""

    help = "Puts the demo's requests and projects there, through the services."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=("small", "lab"), default="small")

    def handle(self, *_: Any, size: str, **__: Any) -> None:
        for name in settings.CLOUDS:
            refresh(name)
        cloud = Cloud.objects.get(name=next(iter(settings.CLOUDS)))
        list_gpu_host(cloud)
        scenes: Iterable[Scene] = chain(SMALL, lab()) if size == "lab" else SMALL
        played = sum(play(scene, cloud) for scene in scenes)
        self.stdout.write(f"{played} requests")


def list_gpu_host(cloud: Cloud) -> None:
    """The machine with GPUs that the cloud shows, as the director would write it down; once."""
    host = Host.objects.filter(cloud=cloud, present=True, gpus__gt=0).select_related("generation").first()
    if host is None or GpuHost.objects.exists():
        return
    keep_gpu_host(
        row=None,
        by=person(*next(iter(settings.PORTAL_STAFF.items()))),
        reason="Lent to the lab for CI.",
        name=host.name,
        host=host,
        generation=host.generation,
        returns_on=timezone.now().date() + timedelta(days=GPU_LOAN_DAYS),
        **GPU_HOST,
    )


def play(scene: Scene, cloud: Cloud) -> bool:
    """One request, asked for and decided. False where it was played before."""
    requester = person(scene.github_id, scene.login)
    if AccessRequest.objects.filter(requester=requester, name=scene.fields["name"]).exists():
        return False
    draft = requests.save_draft(draft=requests.begin_draft(user=requester), **scene.fields)
    generations = {row.slug: row for row in Generation.objects.all()}
    asked = [requests.PartAsked(Kind(kind), cloud, generations[slug], grant) for kind, slug, grant in scene.parts]
    requests.set_parts(draft=draft, parts=asked)
    sent = requests.submit_request(request=draft, by=requester, rules_version=RULES_VERSION)
    decide(scene, sent)
    return True


def decide(scene: Scene, sent: AccessRequest) -> None:
    """What the desk made of it; large ones are the director's."""
    operator = person(*next(iter(settings.PORTAL_OPERATORS.items())))
    director = person(*next(iter(settings.PORTAL_STAFF.items())))
    if scene.fate == "returned":
        requests.return_request(request=sent, by=operator, question=scene.words)
    elif scene.fate == "declined":
        requests.decline_request(request=sent, by=operator, reason=scene.words)
    elif scene.fate == "approved":
        grants = dict(zip(sent.parts.order_by("pk"), (grant for _, _, grant in scene.parts), strict=True))
        requests.approve_request(request=sent, by=director, grants=grants, note=scene.words, override_reason=WHY)


def person(github_id: int, login: str) -> User:
    """The row of somebody who has signed in before."""
    known = User.objects.filter(github_id=github_id).first()
    return known or User.objects.create_user(
        username=f"github-{github_id}", email=f"{login}@example.org", github_id=github_id, github_login=login
    )
