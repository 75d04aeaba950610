"""`make screenshots`: a picture of each page under docs/pictures, and what axe-core finds serious on it.

It starts a demo of its own, asks and answers as the demo's people would, and looks at each page wide and narrow. The
exit status is 1 where a page keeps somebody from using it or is wider than its window.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.admin import admin
from tests.browser import bad_days
from tests.browser.chrome import chrome, is_cut_off, violations, visit
from tests.browser.palette import compact
from tests.demo import Demo
from tests.processes import until

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDE, NARROW = 1440, 360  # px
HEIGHT = 900
TALLEST = 1300  # px of a page that a picture shows


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: how its picture is called and how one gets there; `both` is a narrow picture too."""

    name: str
    path: str
    link: str = ""  # the texts of links to follow from there, " > " between them
    both: bool = False
    awaits: str = ""  # a selector of what must be there first
    push: str = ""  # the name of a button to push there
    part: str = ""  # a selector of what the picture shows; empty: the page from its top


VISITOR = (
    Shot("home", "/", both=True),
    Shot("sign-in", "/sign-in/"),
    Shot("catalog", "/catalog/"),
    Shot("rules", "/rules/"),
    Shot("ask-project", "/ask/project/", both=True),
    Shot("ask-purpose", "/ask/purpose/"),
    Shot("ask-need", "/ask/need/", both=True),
    Shot("ask-ci", "/ask/need/", both=True, push="Add CI", part="section:has(> #ci-title):has(fieldset)"),
    Shot("ask-people", "/ask/people/"),
)
ADA = (
    Shot("projects", "/projects/"),
    Shot("project", "/projects/fastcodec/", both=True, awaits="text=ssh ada-porter@"),
    Shot("console-log", "/projects/fastcodec/", "Console log", awaits="text=login:"),
    Shot("change", "/projects/fastcodec/", "Ask for a change"),
    Shot("act", "/projects/fastcodec/", "Stop: "),
    Shot("give-back", "/projects/fastcodec/", "Give back", awaits="#peek li"),
    Shot("history", "/projects/fastcodec/history/"),
    Shot("account", "/account/"),
    Shot("mail", "/mail/"),
)
CI, JOB = "section:has(h2:text('CI on POWER9'))", "Builds of about-the-agents"
BUILT = (
    Shot("project-ci", "/projects/fastcodec/", both=True, part=CI, awaits="text=The folder in Jenkins"),
    Shot("ci-builds", "/projects/fastcodec/", JOB, both=True, awaits="text=p9-docker"),
    Shot("ci-log", "/projects/fastcodec/", f"{JOB} > its console log", both=True, awaits="text=Finished: SUCCESS"),
)
BEN = (
    Shot("requests", "/requests/"),
    Shot("request-returned", "/requests/", "Mixed Terms"),
    Shot("tickets", "/tickets/"),
)
OLGA = (
    Shot("desk", "/desk/", both=True),
    Shot("desk-request", "/desk/", "ShelfDB", both=True, awaits="text=Largest on one host"),
)
DANA = (
    Shot("desk-clouds", "/desk/clouds/"),
    Shot("suspend", "/projects/fastcodec/", "Suspend"),
)
PARTING = (
    Shot("credential", "/projects/fastcodec/", "New credential"),
    Shot("remove", "/projects/fastcodec/", "Remove ben-builder"),
)
RESTING = (Shot("resume", "/projects/fastcodec/", "Resume"),)
BUILDING = (Shot("project-building", "/projects/shelfdb/", both=True, awaits="text=Being built"),)
FAILED = (Shot("project-failed", "/projects/shelfdb/", both=True),)
TROUBLE = (Shot("desk-trouble", "/desk/trouble/", both=True),)
LEFT = (Shot("desk-leaks", "/desk/leaks/"), Shot("desk-leak", "/desk/leaks/", "server", awaits="text=Take it back"))
AGENTS = (Shot("desk-agents", "/desk/agents/", both=True, awaits="td a[href^='/tickets/']"),)
HELD = (Shot("desk-endings", "/desk/endings/", awaits="text=Let these end"),)


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with running_demo() as demo, chrome() as browser:
        for before, name, shots in ROUNDS:
            if before:
                before(browser, demo)
            problems += look(browser, demo.url, name, shots)
    print(*problems or ["Nothing serious on any page."], sep="\n")
    return 1 if problems else 0


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A fresh demo whose own two servers run."""
    with tempfile.TemporaryDirectory(prefix="portico-pictures-") as home:
        demo = Demo(Path(home))
        try:
            with demo.running(), admin(demo.home / "clouds.yaml") as cloud:
                until(
                    lambda: [one["status"] for one in cloud.servers()] == ["ACTIVE"] * 2, 90, what="the demo's servers"
                )
                yield demo
        finally:
            demo.run("reset")


def add_member(browser: Browser, demo: Demo) -> None:
    """Have somebody in a project of the demo who can be removed from it."""
    page = visit(browser, demo.url, "Ada Porter")
    page.goto("/projects/fastcodec/")
    page.get_by_label("GitHub login").fill("ben-builder")
    page.get_by_role("button", name="Add member").click()
    page.get_by_text("ben-builder was added").first.wait_for()
    page.context.close()


def build(browser: Browser, demo: Demo) -> None:
    """Have a job of the demo's CI built, in Jenkins, to its end."""
    page = visit(browser, demo.url, "Ada Porter")
    page.goto("/projects/fastcodec/")
    page.get_by_role("link", name="The folder in Jenkins").click()
    page.get_by_role("button", name="ada-porter").click()
    page.get_by_role("link", name="about-the-agents").click()
    page.get_by_role("button", name="Build Now").click()
    page.get_by_role("link", name="#1").wait_for()
    bad_days.control(demo, "time", of="jenkins", seconds=60)
    page.context.close()


def suspend(browser: Browser, demo: Demo) -> None:
    """Put an allocation of the demo to rest, so that it can be resumed."""
    page = visit(browser, demo.url, "Dana Director")
    page.goto("/projects/fastcodec/")
    page.get_by_role("link", name="Suspend").first.click()
    page.get_by_label("Reason").fill("It sends mail that nobody asked for; we look into it together.")
    page.get_by_role("button", name="Suspend").click()
    page.get_by_role("link", name="Resume").first.wait_for()
    page.context.close()


def approve(browser: Browser, demo: Demo) -> None:
    """Approve a request of the demo, whose server then takes its time."""
    bad_days.control(demo, "pace", build_seconds=120)
    page = visit(browser, demo.url, "Olga Operator")
    page.goto("/desk/")
    page.get_by_role("link", name="ShelfDB").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("What was granted is being built now.").wait_for()
    page.context.close()


def look(browser: Browser, url: str, name: str, shots: tuple[Shot, ...]) -> Iterator[str]:
    """Take one person's pictures; answers what is wrong on the pages."""
    page = visit(browser, url, name)
    for shot in shots:
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            reach(page, shot)
            if width == WIDE or shot.both:
                take(browser, page, shot.name if width == WIDE else f"{shot.name}-narrow", shot.part)
            yield from (f"{shot.name} at {width} px: {one}" for one in violations(page))
            if is_cut_off(page):
                yield f"{shot.name} at {width} px: wider than the window"
    page.context.close()


def reach(page: Page, shot: Shot) -> None:
    page.goto(shot.path)
    for link in filter(None, shot.link.split(" > ")):
        page.get_by_role("link", name=link).first.click()
    if shot.push:
        page.get_by_role("button", name=shot.push).click()
    if shot.awaits:
        page.locator(shot.awaits).first.wait_for()
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('[id^=allocation] details').forEach((part) => { part.open = true; })")


def take(browser: Browser, page: Page, name: str, part: str) -> None:
    """The page from its top, as far as a picture shows it, or a part of it."""
    width, whole = page.evaluate("[window.innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(whole, TALLEST)}
    path = PICTURES / f"{name}.png"
    if part:
        shown = page.locator(part).screenshot(animations="disabled")
    else:
        shown = page.screenshot(full_page=True, clip=clip, animations="disabled")
    path.write_bytes(compact(browser, shown))
    print(f"{path.relative_to(PICTURES.parents[1])}: {path.stat().st_size // 1024} KiB", flush=True)


ROUNDS: tuple[tuple[Callable[[Browser, Demo], None] | None, str, tuple[Shot, ...]], ...] = (  # what is done before
    (None, "", VISITOR),
    (None, "Ada Porter", ADA),
    (build, "Ada Porter", BUILT),
    (None, "Ben Builder", BEN),
    (None, "Olga Operator", OLGA),
    (None, "Dana Director", DANA),
    (add_member, "Ada Porter", PARTING),
    (suspend, "Dana Director", RESTING),
    (approve, "Ben Builder", BUILDING),
    (bad_days.fail, "Ben Builder", FAILED),
    (None, "Olga Operator", TROUBLE),
    (bad_days.fill_a_disk, "Olga Operator", AGENTS),
    (bad_days.leak, "Dana Director", LEFT),
    (bad_days.end, "Dana Director", HELD),
)

if __name__ == "__main__":
    sys.exit(main())
