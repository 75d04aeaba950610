"""A process that approves, as one of web's does: `python -m tests.load.approving ID ...`.

It says that it is ready, waits for a line, approves each request as fast as it goes, and says that it is done.
"""

import sys

import django


def main(ids: list[str]) -> None:
    """Approve the requests of these ids once told to."""
    from projects.models import AccessRequest
    from tests import asking

    requests = list(AccessRequest.objects.filter(pk__in=ids))
    print("ready", flush=True)
    sys.stdin.readline()
    for request in requests:
        asking.approve(request)
    print("done", flush=True)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1:])
