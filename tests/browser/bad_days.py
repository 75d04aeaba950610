"""What goes wrong in the demo of the pictures: each by the simulated cloud's own control or by time that has passed."""

from typing import Any

import requests
from playwright.sync_api import Browser, Page

from tests.admin import admin
from tests.browser.chrome import PATIENCE, visit
from tests.demo import Demo
from tests.processes import until

LATE = """
from django.utils import timezone
Mail.objects.filter(key__contains=":ends:").update(sent_at=None, tries=10)
Allocation.objects.exclude(absent_at=None).update(absent_at=timezone.now())
"""


def control(demo: Demo, what: str, **body: Any) -> None:
    """An order to the simulated cloud."""
    port = demo.read("demo.json")["ports"]["openstack"]
    requests.post(f"http://127.0.0.1:{port}/_sim/{what}", json=body, timeout=60).raise_for_status()


def fail(browser: Browser, demo: Demo) -> None:
    """What is being built fails, and so does each attempt to make it anew, until a person must act."""
    control(demo, "builds", fail=4)
    control(demo, "pace", build_seconds=1)
    control(demo, "time", seconds=120)
    page = visit(browser, demo.url, "Olga Operator")
    await_text(page, "/desk/trouble/", "Try again")
    page.context.close()


def leak(_browser: Browser, demo: Demo) -> None:
    """A second server with the tag of one that stands; two sweeps meet it, and then it counts as a leak."""
    with admin(demo.home / "clouds.yaml") as cloud:
        server = next(one for one in cloud.servers() if one["name"].startswith("build-1"))
    more = {"name": server["name"], "metadata": server["metadata"], "project_id": server["tenant_id"]}
    control(demo, "fill", servers=1, **more)
    for _ in range(2):
        demo.manage("sweep", "--reclaim")  # whose grace time is not over: it is only noted


def end(browser: Browser, demo: Demo) -> None:
    """The grace time of what was given back is over, and no mail about it has reached anybody."""
    page = visit(browser, demo.url, "Ada Porter")
    page.goto("/projects/fastcodec/")
    page.get_by_role("link", name="Give back").first.click()
    page.get_by_label("type").fill("Fastcodec")
    page.get_by_role("button", name="Give back").click()
    page.get_by_text("Given back").first.wait_for()
    page.context.close()
    demo.manage("shell", "-v", "0", "-c", LATE)


def await_text(page: Page, path: str, text: str) -> None:
    """Ask for the page until it says this."""

    def said() -> bool:
        page.goto(path)
        return page.get_by_text(text).first.is_visible()

    until(said, PATIENCE / 1000 * 3, what=f"{text!r} on {path}")
