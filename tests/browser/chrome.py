"""A real browser on a running portal: started, signed in, looked at with axe-core."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.parts import CHROMIUM

PATIENCE = 60_000  # ms, for whatever a page does by itself on a machine under load
expect.set_options(timeout=PATIENCE)
AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
QUIET = (  # nothing of the browser's own goes out
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chrome() -> Iterator[Browser]:
    """The machine's own Chromium."""
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


def visit(browser: Browser, url: str, name: str = "") -> Page:
    """A fresh window on the portal at `url`, signed in as `name` of the simulated GitHub where one is given."""
    page = browser.new_context(base_url=url).new_page()
    page.set_default_timeout(PATIENCE)
    if name:
        page.goto("/sign-in/")
        page.get_by_role("main").get_by_role("button", name="Sign in with GitHub").click()
        page.get_by_role("button", name=name).click()
        page.wait_for_url(f"{url}/")
    return page


def violations(page: Page) -> list[str]:
    """What keeps somebody from using the page, as axe-core names it: rule, element and why, one line each."""
    page.evaluate(AXE.read_text())  # as a script the content security policy forbids it
    found: list[dict[str, Any]] = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def is_cut_off(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
