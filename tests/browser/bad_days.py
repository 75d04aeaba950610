"""What goes wrong in the demo of the pictures: each by the simulated cloud's own control or by time that has passed."""

from typing import Any

import requests
from playwright.sync_api import Browser, Page

from provisioning.adapters.jenkins import Controller
from tests.admin import admin
from tests.browser.chrome import PATIENCE, visit
from tests.contract.jenkins.test_items import freestyle
from tests.demo import Demo
from tests.processes import until

JOBS = {"build": "power8", "test": "power9", "package": "power9", "riscv": "riscv64"}  # and what they ask for
LATE = """
from django.utils import timezone
Mail.objects.filter(key__contains=":ends:").update(sent_at=None, tries=10)
Allocation.objects.exclude(absent_at=None).update(absent_at=timezone.now())
"""


def control(demo: Demo, what: str, *, of: str = "openstack", **body: Any) -> None:
    """An order to the simulated cloud, or to another simulator."""
    port = demo.read("demo.json")["ports"][of]
    requests.post(f"http://127.0.0.1:{port}/_sim/{what}", json=body, timeout=60).raise_for_status()


def fail(browser: Browser, demo: Demo) -> None:
    """What is being built fails, and so does each attempt to make it anew, until a person must act."""
    control(demo, "builds", fail=4)
    control(demo, "pace", build_seconds=1)
    control(demo, "time", seconds=120)
    page = visit(browser, demo.url, "Olga Operator")
    await_text(page, "/desk/trouble/", "Try again")
    page.context.close()


def fill_a_disk(browser: Browser, demo: Demo) -> None:
    """The agents of the lab's Jenkins build, one job waits for ever, and the disk of one agent is full."""
    env = demo.processes()["worker"].environ()
    jenkins = Controller(env["JENKINS_URL"], env["JENKINS_USER"], env["JENKINS_TOKEN"], timeout=10)
    lines = [
        f"USER:hudson.model.Item.{verb}:{env['JENKINS_USER']}" for verb in ("Read", "Create", "Configure", "Build")
    ]
    jenkins.folders.create("libsimd", about="", mark="lab", lines=lines)
    for job, label in JOBS.items():
        jenkins.jobs.create(f"libsimd/{job}", freestyle("make check", label=label), about="", mark="lab")
        control(demo, f"builds/libsimd/{job}", of="jenkins", seconds=1800)
        jenkins.builds.start(f"libsimd/{job}")
    control(demo, "nodes/p8-docker-2", of="jenkins", disk={"free": 300 * 1024**2}, connected=True)
    control(demo, "time", of="jenkins", seconds=10)
    page = visit(browser, demo.url, "Olga Operator")
    await_text(page, "/desk/agents/", "Disk full")
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
