"""A simulated GitHub as tests speak to it: sign-in by hand, REST calls, control."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import requests

CALLBACK = "http://127.0.0.1:1/complete/github/"
APP = {"client_id": "portico", "client_secret": "only-for-tests"}


@dataclass
class Site:
    """The simulator's address, and the calls that tests make again and again."""

    url: str

    def begin(self, **more: str) -> requests.Response:
        asked = {"client_id": "portico", "redirect_uri": CALLBACK, "state": "s-1", "scope": "user:email"}
        return requests.get(f"{self.url}/login/oauth/authorize", asked | more, allow_redirects=False, timeout=5)

    def choose(self, login: str, **more: str) -> dict[str, str]:
        """What comes back to the application after a choice on the consent page."""
        asked = {"client_id": "portico", "redirect_uri": CALLBACK, "state": "s-1", "scope": "user:email"}
        form = asked | more | {"account": login}
        answer = requests.post(f"{self.url}/login/oauth/authorize", form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302
        return query_of(answer)

    def exchange(self, code: str, **more: str) -> requests.Response:
        form = APP | {"code": code, "redirect_uri": CALLBACK, "grant_type": "authorization_code"} | more
        address = f"{self.url}/login/oauth/access_token"
        return requests.post(address, form, headers={"Accept": "application/json"}, timeout=5)

    def token(self, login: str, **more: str) -> str:
        return self.exchange(self.choose(login, **more)["code"]).json()["access_token"]

    def api(self, path: str, token: str = "", **headers: str) -> requests.Response:
        sent = headers | ({"Authorization": f"token {token}"} if token else {})
        return requests.get(f"{self.url}/api/v3{path}", headers=sent, allow_redirects=False, timeout=5)

    def sim(self, path: str, **body: object) -> requests.Response:
        return requests.post(f"{self.url}/_sim/{path}", json=body, timeout=5)


def query_of(answer: requests.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
