"""Sign-in and sign-out in a real browser, which obeys the content security policy across the redirects."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.parts import CHROMIUM
from tests.simulated import Simulated

pytestmark = [pytest.mark.needs("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_the_simulator(settings, github: Simulated) -> None:
    settings.GITHUB_URL = github.url
    settings.GITHUB_API_URL = f"{github.url}/api/v3"
    settings.SOCIAL_AUTH_GITHUB_KEY = settings.SOCIAL_AUTH_GITHUB_SECRET = "demo"
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"][-1] = github.url
    settings.CONTENT_SECURITY_POLICY = policy


@pytest.fixture
def page(live_server, at_the_simulator: None) -> Iterator[Page]:
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(base_url=live_server.url)
        page.set_default_timeout(15_000)
        yield page
        browser.close()


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in/")
    page.get_by_role("main").get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("button", name=name).click()


def test_in_and_out(page: Page, live_server) -> None:
    sign_in(page, "Ada Porter")
    page.wait_for_url(f"{live_server.url}/")
    menu = page.get_by_text("Signed in as ada-porter")
    expect(menu).to_be_visible()
    menu.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in with GitHub")).to_be_visible()


def test_denied(page: Page) -> None:
    sign_in(page, "Deny")
    expect(page.get_by_role("main")).to_contain_text("You did not allow the sign-in")


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_serious_for_axe(page: Page, width: int) -> None:
    axe = (Path(__file__).parents[1] / "vendor/axe-core/axe.min.js").read_text()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/sign-in/")
    found = serious(page, axe)
    page.get_by_role("main").get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("button", name="Deny").click()
    assert found + serious(page, axe) == []


def serious(page: Page, axe: str) -> list[str]:
    """What axe-core finds that keeps somebody from using the page; evaluated, as the policy forbids it as a script."""
    page.evaluate(axe)
    violations = page.evaluate("axe.run()")["violations"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return [one["id"] for one in violations if one["impact"] in {"serious", "critical"}]
