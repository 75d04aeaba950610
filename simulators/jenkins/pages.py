"""The simulated Jenkins's HTML."""

from html import escape

from werkzeug import Response


def html_page(title: str, body: str, status: int = 200, *, refresh: str = "") -> Response:
    """A page around trusted markup; `refresh` is an escaped address that the browser goes on to."""
    goes_on = f"<meta http-equiv='refresh' content='1;url={refresh}'/>" if refresh else ""
    head = f'<meta charset="utf-8">{goes_on}<title>{escape(title)}</title>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
    return Response(text, status, content_type="text/html;charset=utf-8")
