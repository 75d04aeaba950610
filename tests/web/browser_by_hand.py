"""A browser made of Django's test client and the consent page of the simulated GitHub, redirect by redirect."""

from urllib.parse import parse_qsl, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client


class Browser:
    """One browser: its cookies are the client's, its clicks on GitHub's page are plain HTTP."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()

    def begin(self, target: str = "") -> str:
        """Press the button; the address of the consent page."""
        answer = self.client.post("/login/github/", {"next": target} if target else {})
        assert answer.status_code == 302, answer.content
        return answer["Location"]

    def choose(self, consent: str, login: str) -> str:
        """Choose an account there (empty: deny); the address that GitHub sends the browser back to."""
        assert requests.get(consent, timeout=60).status_code == 200
        parts = urlsplit(consent)
        form = dict(parse_qsl(parts.query)) | {"account": login}
        answer = requests.post(f"{consent.split('?', maxsplit=1)[0]}", form, allow_redirects=False, timeout=60)
        assert answer.status_code == 302
        return answer.headers["Location"]

    def back(self, address: str) -> HttpResponse:
        """Follow GitHub's redirect to us."""
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    def sign_in(self, login: str, target: str = "") -> HttpResponse:
        """All of it; the answer of our callback."""
        return self.back(self.choose(self.begin(target), login))

    @property
    def user_id(self) -> int | None:
        """The primary key of whoever is signed in."""
        number = self.client.session.get("_auth_user_id")
        return int(number) if number else None
