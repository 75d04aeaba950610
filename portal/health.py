"""`/healthz`: this process is alive. `/readyz`: pages can be served; what else is well is listed beside.

Only a database that is away or lacks migrations makes /readyz answer 503: pages work without broker, worker, clouds,
Jenkins and mail, so a proxy must not take web away for those. Details go to the machine itself, or with METRICS_TOKEN.
"""

import functools
import hmac
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from portal import heartbeat
from projects.models import Mail
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.agents import late_jenkins
from provisioning.clouds import CloudView, Standing, cloud_views
from provisioning.models import Watch

LATE_SIGN = 30  # seconds; beat sends one every 5
LATE_MAIL = 600  # seconds
LOOPBACK = frozenset({"127.0.0.1", "::1"})
CLOUDS = {
    Standing.ANSWERS: "ok",
    Standing.PARTLY: "failed",
    Standing.SILENT: "late",
    Standing.BROKEN: "failed",
    Standing.UNSEEN: "absent",
}


@dataclass(frozen=True, slots=True)
class Part:
    """How one part is: ok, late, failed or absent; `age` in seconds since it was last seen well."""

    name: str
    state: str
    age: float | None = None
    words: str = ""


@never_cache
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    needed = database()
    ready = all(part.state == "ok" for part in needed)
    body: dict[str, object] = {"ready": ready}
    if may_see_details(request):
        body["parts"] = [asdict(part) for part in (*needed, *(others() if ready else redis_signs()))]
    return JsonResponse(body, status=200 if ready else 503)


def may_see_details(request: HttpRequest) -> bool:
    """The machine itself, not through a proxy on it; or who knows METRICS_TOKEN."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return True
    return request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations) - frozenset(replaced(loader))


def replaced(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    for migration in loader.disk_migrations.values():
        yield from migration.replaces


def database() -> list[Part]:
    """What pages cannot do without."""
    try:
        missing = known_migrations() - set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return [Part("database", "failed", words="The database does not answer.")]
    words = f"{len(missing)} migrations are missing: run manage.py migrate." if missing else ""
    return [Part("database", "ok"), Part("migrations", "failed" if missing else "ok", words=words)]


def others() -> list[Part]:
    return [*redis_signs(), *clouds(), jenkins(), mail()]


def redis_signs() -> list[Part]:
    """What leaves its signs in Redis; without Redis nothing is known of it."""
    try:
        cache.get("any")
        signs = [sign("worker", LATE_SIGN), sign("beat", LATE_SIGN)]
    except RedisError:
        return [Part("broker", "failed", words="Redis does not answer; work goes on when it is back.")]
    return [Part("broker", "ok"), *signs]


def sign(name: str, late: float) -> Part:
    age = heartbeat.age(name)
    return Part(name, "absent" if age is None else state(age, late), age)


def clouds() -> list[Part]:
    return [cloud_part(view) for view in cloud_views()]


def cloud_part(view: CloudView) -> Part:
    """As the desk's page has it; the words are those of its badge and the last sentence of what went wrong."""
    age = (timezone.now() - view.answered_at).total_seconds() if view.answered_at else None
    words = [view.standing.words, view.words, *(f"{shut.service} does not answer" for shut in view.closed)]
    return Part(f"cloud {view.cloud.name}", CLOUDS[view.standing], age, "; ".join(filter(None, words)))


def jenkins() -> Part:
    """As a worker saw it last; absent where the lab has none, or nobody has looked yet."""
    watch = Watch.objects.filter(cloud=SYSTEM).first() or Watch()
    age = (timezone.now() - watch.looked_at).total_seconds() if watch.looked_at else None
    if watch.trouble:
        return Part(SYSTEM, "failed", age, watch.trouble)
    return Part(SYSTEM, "absent" if age is None else state(age, late_jenkins().total_seconds()), age)


def mail() -> Part:
    """The age is that of the oldest message that should have gone out."""
    now = timezone.now()
    oldest = Mail.objects.filter(sent_at__isnull=True, due_at__lte=now).order_by("due_at").first()
    age = (now - oldest.due_at).total_seconds() if oldest else None
    return Part("mail", "ok" if age is None else state(age, LATE_MAIL), age)


def state(age: float, late: float) -> str:
    return "ok" if age <= late else "late"
