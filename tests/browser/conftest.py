"""A real browser: Debian's Chromium driven by Playwright against a live server, GitHub being the simulator."""

import copy
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings

from tests.browser.chrome import PATIENCE, chrome
from tests.simulated import Simulated

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from projects.models import User


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """One browser for a module: Playwright runs once in a process, and other modules start one of their own."""
    # Playwright runs a loop of its own in this thread, which Django would take for a program that is asynchronous.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chrome() as browser:
        yield browser
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def context(chromium: "Browser", live_server) -> Iterator["BrowserContext"]:
    """A fresh browser profile on the live server; a page that breaks the content policy fails the test."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: "BrowserContext") -> Iterator["Page"]:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    refused = ("status of 4", "Status Error Code 4")  # by the browser, and by htmx: no fault of the page
    wrong = [text for text in said if not any(words in text for words in refused)]
    assert not wrong, wrong


@pytest.fixture
def signed_in(context: "BrowserContext", live_server):
    """`signed_in(user)` gives the browser that person's login."""

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # once the apps are loaded
    from django.contrib.sessions.backends.db import SessionStore

    def give(user: "User") -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cookie = {"name": django_settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}
        context.clear_cookies()
        context.add_cookies([cookie])

    return give


@pytest.fixture
def at_github(settings, github: Simulated, live_server) -> Simulated:
    """The live server signs people in at the simulated GitHub."""
    settings.GITHUB_URL = github.url
    settings.GITHUB_API_URL = f"{github.url}/api/v3"
    settings.SOCIAL_AUTH_GITHUB_KEY = settings.SOCIAL_AUTH_GITHUB_SECRET = "demo"
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"] = [*policy["DIRECTIVES"]["form-action"], github.url]
    settings.CONTENT_SECURITY_POLICY = policy
    return github
