"""The settings of the demo's processes. Only the worker is let in to clouds and Jenkins, as in production."""

import json
import os
from urllib.error import URLError
from urllib.request import urlopen

from portal.demo import words
from portal.demo.home import DemoError, Home

CLIENT_ID = "portico-demo"
JENKINS_USER = "portico"


def simulators(home: Home) -> dict[str, tuple[object, ...]]:
    """Name and options of each simulator; their state outlives a restart."""
    keys = home.keys()
    options: dict[str, tuple[object, ...]] = {
        "openstack": ("--clouds-yaml", home.path / "clouds.yaml"),
        # a secret may begin with a hyphen, so it is one word with its option
        "github": ("--client-id", CLIENT_ID, f"--client-secret={keys['SOCIAL_AUTH_GITHUB_SECRET']}"),
        "jenkins": (
            "--size",
            "lab",
            "--user",
            JENKINS_USER,
            f"--password={keys['JENKINS_PASSWORD']}",
            f"--token={keys['JENKINS_TOKEN']}",
        ),
    }
    return {name: ("--state", home.path / f"{name}.json", *more) for name, more in options.items()}


def for_web(home: Home, port: int, urls: dict[str, str]) -> dict[str, str]:
    """Web and beat: database and Redis come on top of this."""
    keys = home.keys()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "DJANGO_SECRET_KEY": keys["DJANGO_SECRET_KEY"],
        "PORTAL_SECRET_KEYS": keys["PORTAL_SECRET_KEYS"],
        "PORTAL_URL": os.environ.get("PORTAL_URL") or f"http://localhost:{port}",
        "PORTAL_BADGE": "simulated",
        "PORTAL_OPERATORS": roles(urls["github"], words.OPERATORS),
        "PORTAL_STAFF": roles(urls["github"], words.STAFF),
        "GITHUB_URL": urls["github"],
        "GITHUB_ALIASES": "https://github.com",  # what people type, and the demo's requests say
        "GITHUB_API_URL": f"{urls['github']}/api/v3",
        "SOCIAL_AUTH_GITHUB_KEY": CLIENT_ID,
        "SOCIAL_AUTH_GITHUB_SECRET": keys["SOCIAL_AUTH_GITHUB_SECRET"],
        "JENKINS_URL": urls["jenkins"],
        "PYTHONUNBUFFERED": "1",
    }


def for_worker(home: Home) -> dict[str, str]:
    """What the worker knows on top."""
    keys = home.keys()
    return {
        "PORTAL_WORKER_KEYS": keys["PORTAL_WORKER_KEYS"],
        "PORTAL_CLOUDS": "simulated",
        "OS_CLIENT_CONFIG_FILE": str(home.path / "clouds.yaml"),
        "JENKINS_USER": JENKINS_USER,
        "JENKINS_TOKEN": keys["JENKINS_TOKEN"],
    }


def roles(github: str, logins: tuple[str, ...]) -> str:
    """`login:id,...`, the ids as GitHub's API tells them."""
    return ",".join(f"{login}:{github_id(github, login)}" for login in logins)


def github_id(github: str, login: str) -> int:
    try:
        with urlopen(f"{github}/api/v3/users/{login}", timeout=10) as answer:  # noqa: S310  our own http address
            return int(json.load(answer)["id"])
    except (URLError, TimeoutError) as error:
        raise DemoError(f"The simulated GitHub does not know {login}: {error}.") from error
