"""Where the pages are that mails and messages link to, as paths under PORTAL_URL."""


def request_page(request_id: int) -> str:
    """The requester's page of an access request."""
    return f"/requests/{request_id}/"


def desk_request_page(request_id: int) -> str:
    """The desk's page of an access request."""
    return f"/desk/requests/{request_id}/"


def project_page(slug: str) -> str:
    """The page of a project."""
    return f"/projects/{slug}/"


def ticket_page(ticket_id: int) -> str:
    """The page of a ticket."""
    return f"/tickets/{ticket_id}/"


# Where the desk deals with what a ticket of such a key is about.
DESK = {"endings": "/desk/endings/", "step": "/desk/trouble/", "stray": "/desk/leaks/", "broken": "/desk/clouds/"}


def desk_page(key: str | None) -> str:
    """The desk's page for what a ticket is about; empty where there is none."""
    return DESK.get((key or "").partition(":")[0], "")
