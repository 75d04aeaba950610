"""What OpenStack's refusals mean to us: by type and status, one function a service where a status has two causes.

The words for people are the service's own message, cut short and with every secret that we sent taken out.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from keystoneauth1 import exceptions as ksa
from openstack import exceptions as sdk

from provisioning.errors import Broken, Busy, Failure, Gone, ProviderError, Rejected

SECRET_FIELDS: Final = frozenset({"password", "secret", "user_data", "adminPass", "original_password"})
TAGS: Final = re.compile(r"<title>.*?</title>|<[^>]*>", re.DOTALL)
LONGEST: Final = 300  # characters of a service's message


class Taken(Rejected):
    """The name, or the pair, is there already; the caller looks whose it is."""

    code = Failure.NOT_OURS
    who = "lab"


class Conflict(Busy):
    """The thing is doing something else now, or is that way already; the call had no effect."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of 400 or more. `kind` is neutron's type of error; `mine` says that a service user asked."""

    service: str
    status: int
    message: str
    kind: str = ""
    retry_after: float = 0
    mine: bool = False

    @property
    def words(self) -> str:
        return f"{self.service}: {self.message}"


def refusal(service: str, answer: requests.Response, *, mine: bool, sent: Any = None) -> Refusal:
    """Read an answer of 400 or more; `sent` is the request's body, whose secrets must not come back in words."""
    message, kind, retry = _message(answer.text)
    for secret in _secrets(sent):
        message = message.replace(secret, "***")
    after = answer.headers.get("Retry-After") or retry
    seconds = float(after) if str(after).isdigit() else 0.0
    return Refusal(service, answer.status_code, message[:LONGEST] or answer.reason or "", kind, seconds, mine=mine)


def _message(text: str) -> tuple[str, str, str]:
    """Message, type and retry-after of an error body: each service wraps them in a word of its own."""
    try:
        body = json.loads(text)
    except ValueError:
        return " ".join(TAGS.sub(" ", text).split()), "", ""  # glance, and proxies, answer with a page
    if isinstance(body, dict) and isinstance(body.get("errors"), list) and body["errors"]:
        return str(body["errors"][0].get("detail", "")), "", ""  # placement
    inner = next((v for v in body.values() if isinstance(v, dict)), {}) if isinstance(body, dict) else {}
    return str(inner.get("message", "")), str(inner.get("type", "")), str(inner.get("retryAfter", ""))


def _secrets(sent: Any) -> Iterator[str]:
    if isinstance(sent, Mapping):
        for name, value in sent.items():
            if name in SECRET_FIELDS and isinstance(value, str) and value:
                yield value
            else:
                yield from _secrets(value)
    elif isinstance(sent, (list, tuple)):
        for value in sent:
            yield from _secrets(value)


def translate(it: Refusal) -> ProviderError:
    """The error of ours that an answer of 400 or more means."""
    if it.status == 404 and it.kind != "ExternalGatewayForFloatingIPNotFound":
        return Gone(it.words)
    if it.status == 401:
        return _unauthorized(it)
    if it.status in {408, 429} or it.status >= 500:
        return Busy(it.words, retry_after=it.retry_after)
    return SERVICES.get(it.service, _plain)(it)


def _unauthorized(it: Refusal) -> ProviderError:
    if it.mine:  # one allocation's user is no reason to pause a whole cloud
        return Rejected(
            "The cloud does not accept the service user of this allocation.",
            code=Failure.CREDENTIAL_BROKEN,
            who="lab",
        )
    return Broken("The cloud does not accept the portal's own account.")


def _compute(it: Refusal) -> ProviderError:
    """nova: 403 is a quota or a policy, 413 a quota or a rate limit, 409 a server that is busy with something else."""
    if it.status in {403, 413} and "quota" in it.message.lower():
        return Rejected(it.words, code=Failure.QUOTA)
    if it.status == 413:
        return Busy(it.words, retry_after=it.retry_after)
    if it.status == 409:
        return Conflict(it.words)
    if it.status == 400 and "must be greater than or equal to already used" in it.message:
        return Rejected(it.words, code=Failure.QUOTA)
    if it.status == 400 and "status must be" in it.message:
        return Busy(it.words)  # a volume that the server before this one has not yet let go
    if it.status == 400 and "too small" in it.message:
        return Rejected(it.words, code=Failure.MISMATCH)
    return _plain(it)


def _volume(it: Refusal) -> ProviderError:
    """cinder: 413 is a rate limit where it says when to come back, else a quota; 400 is often a volume in the way."""
    if it.status == 413:
        limited = it.retry_after > 0
        return Busy(it.words, retry_after=it.retry_after) if limited else Rejected(it.words, code=Failure.QUOTA)
    if it.status == 409 or (it.status == 400 and "status must be" in it.message.lower()):
        return Busy(it.words)
    return _plain(it)


def _network(it: Refusal) -> ProviderError:
    """neutron: 409 is a quota, no free address, a double, or something still in use; it names the type."""
    if it.kind == "OverQuota":
        return Rejected(it.words, code=Failure.QUOTA)
    if it.kind in {"IpAddressGenerationFailure", "ExternalIpAddressExhausted"}:
        return Rejected(it.words, code=Failure.NO_CAPACITY, who="lab")
    if it.kind == "SecurityGroupRuleExists":
        return Taken(it.words)
    if it.kind == "ExternalGatewayForFloatingIPNotFound":
        return Broken(it.words, code=Failure.SET_UP)
    return Busy(it.words) if it.status == 409 else _plain(it)


def _identity(it: Refusal) -> ProviderError:
    return Taken(it.words) if it.status == 409 else _plain(it)


def _image(it: Refusal) -> ProviderError:
    """glance: 403 on a delete is a protected image, 409 one in use."""
    if it.status == 403 and "protected" in it.message.lower():
        return Rejected(it.words)
    return Busy(it.words) if it.status == 409 else _plain(it)


def _plain(it: Refusal) -> ProviderError:
    """400 is a request that the service cannot carry out as it is; anything else that is not known is our set-up."""
    if it.status in {400, 409, 413}:
        return Rejected(it.words, who="lab")
    return Broken(it.words, code=Failure.SET_UP)


SERVICES: Final[Mapping[str, Callable[[Refusal], ProviderError]]] = {
    "compute": _compute,
    "block-storage": _volume,
    "network": _network,
    "identity": _identity,
    "image": _image,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked which service, for the words of an error that came without an answer."""

    service: str
    mine: bool = field(default=False)


@contextmanager
def translated(asked: Asked) -> Iterator[None]:
    """Turns what keystoneauth and the SDK raise into our four kinds. Both families: the one is not of the other."""
    try:
        yield
    except ksa.Unauthorized as error:
        raise _unauthorized(Refusal(asked.service, 401, "", mine=asked.mine)) from error
    except (ksa.ConnectTimeout, ksa.ConnectFailure, ksa.UnknownConnectionError) as error:
        raise Busy(f"{asked.service}: the cloud does not answer.", unavailable=True) from error
    except ksa.SSLError as error:
        raise Broken(f"{asked.service}: the certificate is not accepted.", code=Failure.SET_UP) from error
    except ksa.HttpError as error:  # from fetching a token: keystone itself answered
        found = Refusal("identity", error.http_status or 500, str(error.message or ""), mine=asked.mine)
        raise translate(found) from error
    except (ksa.EndpointNotFound, ksa.DiscoveryFailure, ksa.CatalogException, sdk.ConfigException) as error:
        if isinstance(error.__context__, (ksa.HttpServerError, ksa.ConnectionError)):  # keystone is down, not misnamed
            raise Busy(f"{asked.service}: the cloud does not answer.", unavailable=True) from error
        raise Broken(f"{asked.service}: {error}", code=Failure.SET_UP) from error
    except (ksa.ClientException, sdk.SDKException, OSError) as error:
        raise Busy(f"{asked.service}: {type(error).__name__}") from error
