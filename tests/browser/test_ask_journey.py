"""Asking for access with the keyboard alone: from the first page through GitHub to the request at the desk."""

import re

import pytest

from projects.models import AccessRequest
from projects.states import RequestState
from tests.factories import PUBLIC_KEY, portico_lab

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]
MOST_TABS = 60


def tab_to(page, label: str) -> None:
    """Press Tab until the element of this name has the focus, as somebody without a mouse would."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => { const e = document.activeElement; "
            "return (e.labels && e.labels[0] ? e.labels[0].textContent : e.textContent).trim(); }"
        )
        if re.sub(r"\s+", " ", name).startswith(label):
            return
    raise AssertionError(f"Tab never came to {label!r}")


def typed(page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.type(text)


def pressed(page, label: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Enter")


def at(page, title: str) -> None:
    """Wait for that page, and for its scripts: keys pressed before they run go astray."""
    ready = "title => document.title.startsWith(title) && document.readyState === 'complete'"
    page.wait_for_function(ready, arg=title)


def test_a_newcomer_asks_with_the_keyboard_alone(page, at_github) -> None:
    portico_lab()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    pressed(page, "Ask for access")
    say_what_for(page)
    choose_servers(page)
    at(page, "Keys and contacts")
    typed(page, "Public SSH keys", PUBLIC_KEY)
    pressed(page, "Save and go on")
    sign_in_and_send(page)
    request = AccessRequest.objects.get()
    assert (request.state, request.requester.github_login) == (RequestState.SUBMITTED, "ada-porter")


def say_what_for(page) -> None:
    """The first two steps."""
    at(page, "The project")
    typed(page, "Project name", "Libfast")
    typed(page, "Repository", "https://example.org/libfast")
    typed(page, "Licence", "MIT")
    pressed(page, "Save and go on")
    at(page, "What for")
    tab_to(page, "Porting")
    page.keyboard.press("Space")
    typed(page, "What you will do with it", "Builds of each commit.")
    pressed(page, "Save and go on")


def choose_servers(page) -> None:
    """One row of servers; a second one is added and taken out again, and what was chosen stays."""
    at(page, "What you need")
    typed(page, "Flavor", "p9.small")
    typed(page, "Image", "debian-12-ppc64le")
    pressed(page, "Add another row of servers")
    page.wait_for_selector("[name=servers-1-flavor]")
    assert page.evaluate("document.activeElement.matches('fieldset.line')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Remove row 2 of servers"
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=servers-1-flavor]", state="detached")
    assert page.locator("[name=servers-0-flavor] option:checked").text_content().startswith("p9.small")
    pressed(page, "Save and go on")


def sign_in_and_send(page) -> None:
    """By way of GitHub and back; the draft comes along."""
    at(page, "Look over and send")
    pressed(page, "Sign in with GitHub to send")
    page.wait_for_url(re.compile("/login/oauth/authorize"))
    page.wait_for_selector("button[value=ada-porter]")
    pressed(page, page.locator("button[value=ada-porter]").text_content()[:10])
    at(page, "Look over and send")
    tab_to(page, "I accept the rules of use")
    page.keyboard.press("Space")
    pressed(page, "Send the request")
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert "Your request is at the lab" in page.locator("main").text_content()
