"""Sign-in and sign-out in a real browser, which obeys the content security policy across the redirects."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chrome import is_cut_off, violations

pytestmark = [
    pytest.mark.needs("browser"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_github"),
]


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
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/sign-in/")
    assert (violations(page), is_cut_off(page)) == ([], False)
    page.get_by_role("main").get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("button", name="Deny").click()
    assert (violations(page), is_cut_off(page)) == ([], False)
