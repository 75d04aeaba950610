"""For containers: `python -m portal.probe web|worker|beat` ends with 0 where that part shows signs of life."""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

LATE = 60  # seconds


def web() -> bool:
    """Asks for /healthz as the proxy would, on the address gunicorn listens on here."""
    port = os.environ.get("PROBE_PORT", "8000")
    host = urlsplit(os.environ.get("PORTAL_URL", "http://localhost")).netloc
    request = Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    with urlopen(request, timeout=5) as answer:  # noqa: S310  the same
        return bool(answer.status == 200)


def heard_of(part: str) -> bool:
    import django

    django.setup()
    from portal import heartbeat

    age = heartbeat.age(part)
    return age is not None and age < LATE


def main(part: str) -> int:
    try:
        return 0 if (web() if part == "web" else heard_of(part)) else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "web"))
