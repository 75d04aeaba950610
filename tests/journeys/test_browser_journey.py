"""The main jobs as people do them: with a browser, on everything that `make demo` starts."""

import re
from collections.abc import Iterator

import pytest
import requests
from jenkins import Jenkins
from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo.scenes import ADA_KEY
from tests.admin import Admin, admin
from tests.browser.chrome import chrome, visit
from tests.demo import Demo
from tests.processes import until

pytestmark = pytest.mark.needs("browser")
BUILT = 180_000  # milliseconds, for all steps of an allocation
PROJECT = "Vectorwise"
TESTED, TESTED_PAGE = "Shelftest", "/projects/shelftest/"
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


@pytest.fixture
def jenkins(demo: Demo) -> Jenkins:
    """The simulated Jenkins with the account that the worker has there."""
    env = demo.processes()["worker"].environ()
    return Jenkins(env["JENKINS_URL"], env["JENKINS_USER"], env["JENKINS_TOKEN"], timeout=60)


def describe(page: Page, name: str, repository: str, licence: str) -> None:
    """The first two steps of the form: what the project is, and what it wants to do."""
    page.get_by_role("link", name="Ask for access").first.click()
    page.get_by_label("Project name").fill(name)
    page.get_by_label("Repository").fill(repository)
    page.get_by_label("Licence").fill(licence)
    page.get_by_label("What the project is for").fill("Vectors, wisely.")
    page.get_by_label("Who uses it").fill("A few hundred people")
    expect(page.get_by_text("GitHub says")).to_be_visible()  # nothing moves under the pointer any more
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Porting", exact=False).first.check()
    page.get_by_label("What you will do with it").fill("Port the vector code and run the tests.")
    page.get_by_role("button", name="Save and go on").click()


def ask(page: Page) -> None:
    """Fill in the five steps for a server and send."""
    describe(page, PROJECT, "https://github.com/ada-porter/fastcodec", "Apache-2.0")
    page.get_by_label("Flavor").select_option(label=option(page, "Flavor", "p9.small"))
    page.get_by_label("Image").select_option(label=option(page, "Image", "debian-12-ppc64le"))
    page.get_by_label("Volume, GiB").fill("20")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Public SSH keys").fill(ADA_KEY)
    send(page, PROJECT)


def ask_for_ci(page: Page, login: str) -> None:
    """Ask for a folder in which somebody else builds too."""
    describe(page, TESTED, "https://github.com/ben-builder/shelfdb", "BSD-3-Clause")
    page.get_by_role("button", name="Add CI").click()
    page.get_by_label("Generation").select_option(label=option(page, "Generation", "POWER9"))
    page.get_by_label("GitHub logins").fill(login)
    page.get_by_role("button", name="Save and go on").click()
    send(page, TESTED)


def send(page: Page, project: str) -> None:
    """The last two steps, the one on people as it is."""
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("I accept the").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name=project)).to_be_visible()


def option(page: Page, label: str, begins: str) -> str:
    """The whole text of the option that begins so."""
    options = page.get_by_label(label).locator("option")
    return options.filter(has_text=re.compile(rf"^\s*{re.escape(begins)}")).first.inner_text()


def approve(page: Page, project: str) -> None:
    """Claim the request at the desk, look at the figures, approve."""
    page.goto("/desk/")
    page.get_by_role("button", name=f"Claim {project}").click()
    decision = page.get_by_role("region", name="Decision")
    expect(decision.get_by_text("POWER9").first).to_be_visible()
    decision.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("approved").first).to_be_visible()


def release(page: Page, project: str) -> None:
    """Give it back at once."""
    page.get_by_label("Now: nothing can be brought back").check()
    page.get_by_label("type").fill(project)
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


def build_in_jenkins(page: Page, login: str) -> str:
    """Follow the project's page to Jenkins, sign in and build there; answers where the job is."""
    page.goto(TESTED_PAGE)
    page.get_by_role("link", name="The folder in Jenkins").click()
    page.get_by_role("button", name=login).click()
    expect(page.get_by_role("heading", name=TESTED)).to_be_visible()
    page.get_by_role("link", name="about-the-agents").click()
    page.get_by_role("button", name="Build Now").click()
    expect(page.get_by_role("link", name="#1")).to_be_visible()
    return page.url


def read_log(page: Page, wanted: str) -> None:
    """Read the job's only build from the project's page on."""
    page.goto(TESTED_PAGE)
    page.get_by_role("link", name="Builds of about-the-agents").click()
    build = page.get_by_role("link", name="its console log")
    await_look(page, build)
    build.click()
    log = page.get_by_label("Console log", exact=True)
    await_look(page, log.filter(has_text=re.compile(wanted, re.DOTALL)))


def folders(jenkins: Jenkins) -> set[str]:
    """What stands at the top of Jenkins."""
    return {job["name"] for job in jenkins.get_jobs()}


def pass_time(jenkins: Jenkins, seconds: float) -> None:
    """Let so much time pass there at once."""
    requests.post(f"{jenkins.server}_sim/time", json={"seconds": seconds}, timeout=60).raise_for_status()


def test_from_the_form_to_an_ssh_line_and_back(demo: Demo, browser: Browser, cloud: Admin):
    until(lambda: is_built(cloud), BUILT / 1000, what="the demo's own servers")
    ada = visit(browser, demo.url, "Ada Porter")
    ask(ada)
    olga = visit(browser, demo.url, "Olga Operator")
    before = cloud.standing()
    approve(olga, PROJECT)

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
    ada.get_by_role("link", name="Give back").click()
    await_look(ada, ada.locator("#peek li").filter(has_text="server").first)
    release(ada, PROJECT)
    assert cloud.standing() == before


def test_from_the_form_to_a_build_in_jenkins_and_back(demo: Demo, browser: Browser, jenkins: Jenkins):
    until(lambda: len(jenkins.get_all_jobs()) >= 3, BUILT / 1000, what="the demo's own folder with two jobs")
    before = folders(jenkins)
    ben = visit(browser, demo.url, "Ben Builder")
    ask_for_ci(ben, "eve-outsider")
    approve(visit(browser, demo.url, "Olga Operator"), TESTED)
    ben.goto("/projects/")
    ben.get_by_role("link", name=TESTED).click()
    both = ben.get_by_text("is open to ben-builder and eve-outsider.")  # she may come after the page is at rest
    until(lambda: ben.reload() and both.is_visible(), BUILT / 1000, what="the folder open to both")
    expect(ben.get_by_role("link", name="Builds of about-the-agents")).to_be_visible(timeout=BUILT)
    assert len(folders(jenkins) - before) == 1

    eve = visit(browser, demo.url, "Eve Outsider")
    there = build_in_jenkins(eve, "eve-outsider")
    pass_time(jenkins, 60)
    read_log(eve, "Started by user eve-outsider.*Finished: SUCCESS")

    ben.reload()
    ben.get_by_role("link", name="Remove eve-outsider").click()
    ben.get_by_role("button", name="Remove").click()
    expect(ben.get_by_text("is open to ben-builder.")).to_be_visible(timeout=BUILT)
    until(lambda: eve.goto(there).status == 404, what="eve shut out of the folder")

    ben.get_by_role("link", name="Give back").click()
    release(ben, TESTED)
    assert folders(jenkins) == before
