"""The simulated Jenkins: authentication, crumb, and the two objects that say it is there."""

import base64
import binascii
import hashlib
import hmac
import secrets
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.exceptions import Forbidden, HTTPException

from simulators.common import Simulator, json_response
from simulators.jenkins.pages import html_page

VERSION: Final = "2.579"
API_TYPE: Final = "application/json;charset=utf-8"
COOKIE: Final = "JSESSIONID.simulated"
OPEN_PATHS: Final = ("/login", "/_sim/")


def fresh_state() -> dict[str, Any]:
    """A salt for crumbs, and no session."""
    return {"salt": secrets.token_hex(16), "sessions": {}}


class Jenkins(Simulator):
    """One user who administers; closed to everybody else. `token` is an API token, exempt from the crumb."""

    def __init__(self, user: str, password: str, token: str) -> None:
        super().__init__("jenkins", fresh_state)
        self.user, self.password, self.token = user, password, token
        self.session = secrets.token_hex(4)
        self.routes()

    def routes(self) -> None:
        """Add the few addresses that answer."""

        @self.get("/")
        def home(_request: Request) -> Response:
            return html_page("Dashboard [Jenkins]", "<h1>Dashboard</h1>")

        @self.get("/login")
        def login(_request: Request) -> Response:
            return html_page("Sign in [Jenkins]", "<h1>Sign in to Jenkins</h1>")

        @self.get("/api/json")
        def overview(request: Request) -> Response:
            return api(overview_of(request.host_url))

        @self.get("/me/api/json")
        def me(request: Request) -> Response:
            return api(self.whoami(request))

        @self.get("/crumbIssuer/api/json")
        def crumb(request: Request) -> Response:
            return self.new_crumb(request)

    def prepare(self, request: Request) -> None:
        """Refuse wrong credentials everywhere, missing ones where something is closed, and POST without a crumb."""
        request.environ["jenkins.user"] = self.authenticate(request)
        if not self.who(request) and not request.path.startswith(OPEN_PATHS):
            raise Forbidden(response=sign_in_first(request))
        by_token = request.environ.get("jenkins.by_token", False)
        if request.method == "POST" and not by_token and not self.crumb_fits(request):
            page = html_page("Error 403", "<p>No valid crumb was included in the request</p>", 403)
            raise Forbidden(response=page)

    def authenticate(self, request: Request) -> str:
        """Whose credentials were sent, empty for none; raises 401 for wrong or malformed ones, on every address."""
        header = request.headers.get("Authorization", "")
        if not header:
            return ""
        user, secret = decoded(header)
        for kind, right in (("token", self.token), ("password", self.password)):
            if user == self.user and hmac.compare_digest(secret.encode(), right.encode()):
                request.environ["jenkins.by_token"] = kind == "token"
                return user
        page = html_page("Error 401 Unauthorized", "<h2>HTTP ERROR 401 Unauthorized</h2>", 401)
        page.headers["WWW-Authenticate"] = 'Basic realm="Jenkins"'
        raise HTTPException(response=page)

    def who(self, request: Request) -> str:
        """The authenticated user of this call, empty for anonymous."""
        return str(request.environ.get("jenkins.user", ""))

    def new_crumb(self, request: Request) -> Response:
        """A crumb bound to a session, new where the client has none."""
        session = request.cookies.get(COOKIE, "")
        known = session in self.state["sessions"]
        session = session if known else secrets.token_hex(16)
        self.state["sessions"][session] = self.who(request)
        crumb = self.crumb_of(self.who(request), session)
        kind = "hudson.security.csrf.DefaultCrumbIssuer"
        response = api({"_class": kind, "crumb": crumb, "crumbRequestField": "Jenkins-Crumb"})
        if not known:
            response.set_cookie(COOKIE, session, path="/", httponly=True)
        return response

    def crumb_of(self, user: str, session: str) -> str:
        """What Jenkins makes of user, session and salt."""
        return hashlib.sha256(f"{user};{session}{self.state['salt']}".encode()).hexdigest()

    def crumb_fits(self, request: Request) -> bool:
        """Whether the crumb sent belongs to this user's session."""
        session, user = request.cookies.get(COOKIE, ""), self.who(request)
        sent = request.headers.get("Jenkins-Crumb", "")
        return self.state["sessions"].get(session) == user and hmac.compare_digest(
            sent.encode(), self.crumb_of(user, session).encode()
        )

    def whoami(self, request: Request) -> dict[str, Any]:
        """The user behind the credentials."""
        user = self.who(request)
        address = f"{request.host_url}user/{user}"
        kind = "hudson.model.User"
        return {
            "_class": kind,
            "absoluteUrl": address,
            "description": None,
            "fullName": user,
            "id": user,
            "property": [],
        }

    def error(self, request: Request, error: HTTPException) -> Response:
        """Jenkins's HTML, never JSON."""
        if error.response is not None:
            return error.get_response(request.environ)
        # who calls is looked at before what is there: an absent address is no exception
        try:
            self.prepare(request)
        except HTTPException as refusal:
            return refusal.get_response(request.environ)
        title = "Not Found" if error.code == 404 else str(error.name)
        return html_page(title, f"<h1>{escape(title)}</h1>", error.code or 500)

    def finish(self, _request: Request, response: Response) -> Response:
        """The headers that every answer of a running Jenkins has."""
        response.headers["X-Jenkins"] = VERSION
        response.headers["X-Hudson"] = "1.395"
        response.headers["X-Jenkins-Session"] = self.session
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def decoded(header: str) -> tuple[str, str]:
    """User and secret of a Basic header, two empty strings where it is malformed."""
    kind, _, value = header.partition(" ")
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, secret = text.partition(":")
    return (user, secret) if kind.lower() == "basic" else ("", "")


def api(body: dict[str, Any]) -> Response:
    """A REST answer."""
    response = json_response(body, headers={"X-Frame-Options": "deny"})
    response.headers["Content-Type"] = API_TYPE
    return response


def sign_in_first(request: Request) -> Response:
    """A closed page to somebody anonymous: 403 with a way to the login page, never 401."""
    target = escape(f"/login?{urlencode({'from': request.path})}")
    body = f"<p>Authentication required</p><p>You are authenticated as: anonymous</p><a href='{target}'>Sign in</a>"
    page = html_page("Authentication required", body, 403, refresh=target)
    page.headers["X-You-Are-Authenticated-As"] = "anonymous"
    page.headers["X-Required-Permission"] = "hudson.model.Hudson.Read"
    return page


def overview_of(url: str) -> dict[str, Any]:
    """What `GET api/json` says of a Jenkins without jobs."""
    view = {"_class": "hudson.model.AllView", "name": "all", "url": url}
    return {
        "_class": "hudson.model.Hudson",
        "assignedLabels": [{"name": "built-in"}],
        "mode": "NORMAL",
        "nodeDescription": "the Jenkins controller's built-in node",
        "nodeName": "",
        "numExecutors": 0,
        "description": None,
        "jobs": [],
        "primaryView": view,
        "quietDownReason": None,
        "quietingDown": False,
        "slaveAgentPort": -1,
        "url": url,
        "useCrumbs": True,
        "useSecurity": True,
        "views": [view],
    }
