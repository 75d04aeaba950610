"""What pages ask for again by themselves: a refusal is told once, and what was typed or ticked stays."""

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from projects.models import Lookup
from projects.states import LookupState, Phase
from tests.factories import (
    AccessRequestFactory,
    AllocationFactory,
    LookupFactory,
    PartFactory,
    UserFactory,
    portico_lab,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]


def test_a_refusal_is_told_once_and_goes_with_the_next_answer(page, signed_in) -> None:
    ada = UserFactory()
    allocation = AllocationFactory(project__owner=ada, phase=Phase.BUILDING)
    signed_in(ada)
    live = f"**/allocations/{allocation.pk}/live/**"
    page.goto(f"/projects/{allocation.project.slug}/")

    def refuse(route: Route) -> None:
        route.fulfill(status=429, content_type="text/html", body="<main><p class='alert-p'>Too often.</p></main>")

    page.route(live, refuse)
    refusal = page.locator("#refusal")
    expect(refusal).to_have_text("Too often.")
    refusal.evaluate("told => { told.dataset.first = 'yes'; }")
    with page.expect_response(live):
        pass
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(refusal).to_have_attribute("data-first", "yes")
    page.unroute(live)
    expect(refusal).to_have_count(0)


def test_an_answer_of_github_leaves_the_tick_and_opens_the_way(page, signed_in) -> None:
    lab, ada = portico_lab(), UserFactory()
    draft = AccessRequestFactory(requester=ada, licence="")
    PartFactory(request=draft, cloud=lab.cloud, generation=lab.generations["power9"])
    key = draft.repository_url.removeprefix("https://github.com/")
    LookupFactory(key=key, state=LookupState.ASKED, asked_at=timezone.now())
    signed_in(ada)
    page.goto(f"/requests/{draft.pk}/")
    page.click("text=Go on with the draft")
    rules, send = page.get_by_label("I accept the"), page.get_by_role("button", name="Send the request")
    rules.check()
    expect(send).to_be_disabled()
    with page.expect_response("**/ask/review/?asked=*"):
        pass
    Lookup.objects.update(state=LookupState.FOUND, answer={"licence": "MIT"}, answered_at=timezone.now())
    expect(send).to_be_enabled()
    expect(rules).to_be_checked()
    send.click()
    expect(page.get_by_text("Your request is at the lab.")).to_be_visible()
