"""The main job as people do it: with a browser, on everything that `make demo` starts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo.scenes import ADA_KEY
from tests.admin import Admin, admin
from tests.browser.chrome import chrome, visit
from tests.demo import Demo
from tests.processes import until

pytestmark = pytest.mark.needs("browser")
BUILT = 180_000  # milliseconds, for all steps of an allocation
PROJECT = "Vectorwise"
ONE_EACH = {"servers": 1, "volumes": 1, "projects": 1}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("browser"))
    try:
        with demo.running():
            yield demo
    finally:
        demo.clear()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chrome() as browser:
        yield browser


@pytest.fixture
def cloud(demo: Demo) -> Iterator[Admin]:
    with admin(demo.home / "clouds.yaml") as cloud:
        yield cloud


def ask(page: Page) -> None:
    """Fill in the five steps and send."""
    page.get_by_role("link", name="Ask for access").first.click()
    page.get_by_label("Project name").fill(PROJECT)
    page.get_by_label("Repository").fill("https://github.com/ada-porter/fastcodec")
    page.get_by_label("Licence").fill("Apache-2.0")
    page.get_by_label("What the project is for").fill("Vectors, wisely.")
    page.get_by_label("Who uses it").fill("A few hundred people")
    expect(page.get_by_text("GitHub says")).to_be_visible()  # nothing moves under the pointer any more
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Porting", exact=False).first.check()
    page.get_by_label("What you will do with it").fill("Port the vector code and run the tests.")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Flavor").select_option(label=option(page, "Flavor", "p9.small"))
    page.get_by_label("Image").select_option(label=option(page, "Image", "debian-12-ppc64le"))
    page.get_by_label("Volume, GiB").fill("20")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Public SSH keys").fill(ADA_KEY)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("I accept the").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name=PROJECT)).to_be_visible()


def option(page: Page, label: str, begins: str) -> str:
    """The whole text of the option that begins so."""
    options = page.get_by_label(label).locator("option")
    return options.filter(has_text=re.compile(rf"^\s*{re.escape(begins)}")).first.inner_text()


def approve(page: Page) -> None:
    """Claim the request at the desk, look at the figures, approve."""
    page.goto("/desk/")
    page.get_by_role("button", name=f"Claim {PROJECT}").click()
    decision = page.get_by_role("region", name="Decision")
    expect(decision.get_by_text("POWER9").first).to_be_visible()
    decision.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("approved").first).to_be_visible()


def release(page: Page) -> None:
    """Give it back at once, after a look at what will go."""
    page.get_by_role("link", name="Give back").click()
    await_look(page, page.locator("#peek li").filter(has_text="server").first)
    page.get_by_label("Now: nothing can be brought back").check()
    page.get_by_label("type").fill(PROJECT)
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("everything in it is being deleted")).to_be_visible()
    expect(page.get_by_text("Given back", exact=True)).to_be_visible(timeout=BUILT)


def await_look(page: Page, wanted: Locator) -> None:
    """Look again where the page gave the cloud up after 5 s, as a machine under load makes it."""
    given_up = page.get_by_text("No answer came within 5 seconds")
    expect(wanted.or_(given_up)).to_be_visible()
    while given_up.is_visible():
        page.reload()
        expect(wanted.or_(given_up)).to_be_visible()


def is_built(cloud: Admin) -> bool:
    """Whether the demo's own two servers run."""
    return [server["status"] for server in cloud.servers()] == ["ACTIVE"] * 2


def test_from_the_form_to_an_ssh_line_and_back(demo: Demo, browser: Browser, cloud: Admin):
    until(lambda: is_built(cloud), BUILT / 1000, what="the demo's own servers")
    ada = visit(browser, demo.url, "Ada Porter")
    ask(ada)
    olga = visit(browser, demo.url, "Olga Operator")
    before = cloud.standing()
    approve(olga)

    ada.goto("/projects/")
    ada.get_by_role("link", name=PROJECT).click()
    ssh = ada.get_by_text(re.compile(r"^ssh ada-porter@\d+\.\d+\.\d+\.\d+$"))
    expect(ssh).to_be_visible(timeout=BUILT)
    expect(ada.get_by_text("Running", exact=True)).to_be_visible()
    assert {kind: len(now - before[kind]) for kind, now in cloud.standing().items()} == ONE_EACH

    ada.get_by_role("link", name="Console log").click()
    await_look(ada, ada.get_by_label("Console log", exact=True).filter(has_text="login:"))
    ada.go_back()
    ada.get_by_role("button", name="Reboot: ").click()
    expect(ada.get_by_text("reboot: done")).to_be_visible(timeout=BUILT)
    expect(ada.get_by_text(re.compile(r"^up \d"))).to_be_visible()
    release(ada)
    assert cloud.standing() == before
