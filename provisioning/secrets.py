"""Secrets that we make ourselves: stored encrypted before they are sent, so that a repeated step knows them.

What only workers use is encrypted under PORTAL_WORKER_KEYS, what is shown once on a page under PORTAL_SECRET_KEYS.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.utils import timezone

from provisioning.errors import Broken
from provisioning.models import Plan, Secret, Step

WORKER: Final = "worker"
SHOWN: Final = "shown"
UNSEEN: Final = timedelta(days=14)
# The kinds of step that send a secret of our making, and who else may read it.
AUDIENCE: Final = {"user": WORKER, "credential": SHOWN}


def _keys(audience: str) -> MultiFernet:
    name = "PORTAL_WORKER_KEYS" if audience == WORKER else "PORTAL_SECRET_KEYS"
    keys = getattr(settings, name)
    if not keys:
        raise ImproperlyConfigured(f"{name} is not set; .env.example says what it is for.")
    return MultiFernet([Fernet(key) for key in keys])


def make(plan_id: int, name: str) -> str:
    """A new secret of this name for the plan, in place of an older one, stored; returns it."""
    secret = secrets.token_urlsafe(36)
    stored = _keys(AUDIENCE[name]).encrypt(secret.encode()).decode()
    Secret.objects.update_or_create(
        plan_id=plan_id,
        name=name,
        audience=AUDIENCE[name],
        defaults={"ciphertext": stored, "made_at": timezone.now(), "erased_at": None},
    )
    return secret


def reveal(row: Secret) -> str:
    """The secret itself. Raises Broken where it was encrypted under a key that is no longer among ours."""
    try:
        return _keys(row.audience).decrypt(row.ciphertext.encode()).decode()
    except InvalidToken as error:
        raise Broken(f"The secret “{row.name}” was stored under a key that is no longer configured.") from error


def known(plan: Plan) -> dict[str, str]:
    """All secrets of a plan by name that have not been erased. Raises Broken."""
    return {row.name: reveal(row) for row in plan.secrets.exclude(ciphertext="")}


def show_once(plan: Plan, name: str) -> str | None:
    """The secret, erased as it is read; None where it was shown before. To be called in a transaction."""
    row = Secret.objects.select_for_update().filter(plan=plan, name=name, audience=SHOWN).exclude(ciphertext="").first()
    if row is None:
        return None
    secret = reveal(row)
    erase(row)
    return secret


def with_secrets(steps: QuerySet[Step]) -> QuerySet[Step]:
    """Steps of which the credential's brings whether its secret waits to be shown, as `unseen`."""
    kept = Secret.objects.filter(plan=OuterRef("plan"), name="credential", audience=SHOWN).exclude(ciphertext="")
    return steps.annotate(unseen=Case(When(kind="credential", then=Exists(kept)), default=False))


def erase_unseen(now: datetime) -> int:
    """Forget what was to be shown and nobody looked at for 14 days; answers how many were."""
    old = Secret.objects.filter(audience=SHOWN, made_at__lt=now - UNSEEN).exclude(ciphertext="")
    return old.update(ciphertext="", erased_at=now)


def erase(row: Secret) -> None:
    """Forget a secret; that there was one stays on record."""
    Secret.objects.filter(pk=row.pk).update(ciphertext="", erased_at=timezone.now())
