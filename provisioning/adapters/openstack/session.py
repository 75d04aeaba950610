"""The wire to one cloud: one keystoneauth Session a process, made after fork, and one auth plugin a scope."""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from keystoneauth1.identity import v3
from keystoneauth1.session import Session, TCPKeepAliveAdapter
from openstack.config import OpenStackConfig

from provisioning.adapters.json_text import read
from provisioning.adapters.openstack.errors import Asked, refusal, translate, translated
from provisioning.errors import Broken, Failure

SCOPES_KEPT: Final = 128  # each holds a catalog, some 30 KiB
PAGE: Final = 1000
# Fixed, so that every cloud from Train on answers in the same shape, however new it is.
VERSIONS: Final = {"compute": "compute 2.79", "block-storage": "volume 3.60", "placement": "placement 1.18"}
ROOTS: Final = {
    "identity": "/v3",
    "compute": "/v2.1",
    "block-storage": "/v3/{project}",
    "network": "/v2.0",
    "image": "/v2",
    "placement": "",
}
VERSIONED: Final = re.compile(r"/v\d")


@dataclass(frozen=True, slots=True)
class Scope:
    """A service user in its cloud project: who makes volumes, servers, floating IPs and the application credential."""

    user_id: str
    password: str = field(repr=False)
    project_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its JSON (empty where there is no body), and when the service says it was."""

    body: Any
    date: str = ""


class Line(requests.Session):
    """Connections that ask the environment for its proxies and certificates once a host, not once a call."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[Any, ...], dict[str, Any]] = {}
        for scheme in ("http://", "https://"):
            self.mount(scheme, TCPKeepAliveAdapter())

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """As requests has it, kept: to read it costs more than the rest of a call."""
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc, stream, verify, cert)
        if proxies or key not in self._settings:
            found = super().merge_environment_settings(url, proxies, stream, verify, cert)
            if proxies:
                return dict(found)
            self._settings[key] = dict(found)
        return dict(self._settings[key])


class Wire:
    """Calls to one cloud. Thread-safe. Nothing is sent twice, but for a token that keystone no longer knows (401)."""

    def __init__(self, name: str, *, config_file: str, timeout: float) -> None:
        with translated(Asked("clouds.yaml")):
            self.region = OpenStackConfig(config_files=[config_file], load_envvars=False).get_one(name)
            verify, cert = self.region.get_requests_verify_args()
            self.admin = self.region.get_auth()
        self.session = Session(session=Line(), verify=verify, cert=cert, timeout=timeout, user_agent="portico")
        self._scopes: OrderedDict[Scope, v3.Password] = OrderedDict()
        self._roots: dict[str, str] = {}
        self._project_id = ""
        self._lock = threading.Lock()

    def call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        scope: Scope | None = None,
    ) -> Answer:
        """One call, as the scope's user or, without one, as the portal. Raises a ProviderError."""
        auth = self._auth(scope)
        with translated(Asked(service, mine=scope is not None)):
            answer = self.session.request(
                self._root(service, scope) + path,
                method,
                auth=auth,
                json=body,
                params=params,
                headers=_headers(service),
                raise_exc=False,
                connect_retries=0,
                log=False,  # a debug log of keystoneauth would show bodies
            )
        if answer.status_code >= 400:
            raise translate(refusal(service, answer, mine=scope is not None, sent=body))
        return Answer(_json(answer.content), answer.headers.get("Date", ""))

    def project_id(self) -> str:
        """The portal's own project, where the catalog's addresses of block storage point."""
        if not self._project_id:
            with translated(Asked("identity")):
                self._project_id = str(self.session.get_project_id(self.admin) or "")
        return self._project_id

    def _auth(self, scope: Scope | None) -> Any:
        if scope is None:
            return self.admin
        with self._lock:
            auth = self._scopes.pop(scope, None) or self._password(scope)
            self._scopes[scope] = auth
            while len(self._scopes) > SCOPES_KEPT:
                self._scopes.popitem(last=False)
        return auth

    @property
    def auth_url(self) -> str:
        """Where one signs in, keystone's version included."""
        url = str(self.region.auth.get("auth_url", "")).rstrip("/")
        return url if VERSIONED.search(urlsplit(url).path) else f"{url}/v3"

    def _password(self, scope: Scope) -> v3.Password:
        return v3.Password(self.auth_url, user_id=scope.user_id, password=scope.password, project_id=scope.project_id)

    def _root(self, service: str, scope: Scope | None) -> str:
        """Where a service answers, looked up once; only block storage's address has the project in it."""
        if service not in self._roots:
            self._roots[service] = self._endpoint(service)
        root = self._roots[service]
        if scope is None or service != "block-storage":
            return root
        ours = self.project_id()
        return root.replace(ours, scope.project_id) if ours else root

    def _endpoint(self, service: str) -> str:
        found = self.region.get_endpoint(service) or self.session.get_endpoint(
            self.admin,
            service_type=service,
            interface=self.region.get_interface(service),
            region_name=self.region.get_region_name(service),
        )
        if not found:
            raise Broken(f"The cloud's catalog has no {service}.", code=Failure.SET_UP)
        url = str(found).rstrip("/")
        return url if VERSIONED.search(urlsplit(url).path) else url + ROOTS[service].format(project=self.project_id())


def _headers(service: str) -> dict[str, str]:
    version = {"OpenStack-API-Version": VERSIONS[service]} if service in VERSIONS else {}
    return {"Accept": "application/json", **version}


def _json(content: bytes) -> Any:
    try:
        return read(content) if content else {}
    except ValueError:
        return {}  # nova answers some actions with a line of text


class Api:
    """One service of one cloud; `service` is its official type."""

    service = ""
    page = PAGE

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def get(self, path: str, scope: Scope | None = None, **params: Any) -> Any:
        """The JSON that is there. Raises Gone for 404."""
        return self.wire.call(self.service, "GET", path, params=params, scope=scope).body

    def post(self, path: str, body: Any, scope: Scope | None = None) -> Any:
        return self.wire.call(self.service, "POST", path, body=body, scope=scope).body

    def put(self, path: str, body: Any = None) -> Any:
        return self.wire.call(self.service, "PUT", path, body=body).body

    def patch(self, path: str, body: Any) -> Any:
        return self.wire.call(self.service, "PATCH", path, body=body).body

    def delete(self, path: str, scope: Scope | None = None, **params: Any) -> None:
        self.wire.call(self.service, "DELETE", path, params=params, scope=scope)

    def listed(self, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
        """All rows of a listing, page by page."""
        return [row for page in self.pages(path, key, **params) for row in page.body[key]]

    def pages(self, path: str, key: str, **params: Any) -> Iterator[Answer]:
        """The pages of a listing. A service may give fewer than asked, so its link to the next page decides."""
        marker: dict[str, str] = {}
        while True:
            page = self.wire.call(self.service, "GET", path, params={"limit": self.page, **params, **marker})
            yield page
            more = any(link.get("rel") == "next" for link in page.body.get(f"{key}_links", ())) or page.body.get("next")
            if not more or not page.body[key]:
                return
            marker = {"marker": page.body[key][-1]["id"]}
