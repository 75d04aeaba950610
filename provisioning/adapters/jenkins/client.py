"""The wire to one Jenkins: python-jenkins, mended in one place so that its functions can be relied on."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urljoin

import jenkins
import requests

from provisioning.adapters.jenkins.errors import reached, rejected, set_up, translate
from provisioning.adapters.json_text import read

Params = Mapping[str, Any] | None
# What an address must answer with: a page, as a proxy may send one with 200, is no data.
EXPECTED: Final = {"api/json": "application/json", "config.xml": "application/xml", "progressiveText": "text/plain"}


class Client(jenkins.Jenkins):  # type: ignore[misc]
    """python-jenkins without its guesses; threads may share it.

    Every answer is judged here, where its status is known, and a ProviderError passes through python-jenkins's own
    handling as it is. No redirect is followed: behind a POST is a page for people, whose failure would be taken for
    that of the operation, and on the way to another host the credentials get lost. Nothing is sent twice.
    """

    def maybe_add_crumb(self, req: requests.Request) -> None:
        """An API token needs no crumb, and one that is kept goes stale."""

    def get(self, path: str, *, stream: bool = False, params: Params = None) -> requests.Response:
        """A good answer; `path` is relative and quoted. Raises Absent for 404."""
        return self._ask("GET", path, params=params, stream=stream)

    def tree(self, path: str, tree: str) -> Any:
        """The JSON of an object, pruned to what `tree` names."""
        return read(self.get(f"{path}api/json", params={"tree": tree}).content)

    def post(self, path: str, *, data: bytes | None = None, params: Params = None) -> requests.Response:
        """Asks for something to be done; `data` is XML. What became of it is told by a look, not by the answer."""
        return self._ask("POST", path, params=params, data=data)

    def _ask(self, method: str, path: str, *, stream: bool = False, **more: Any) -> requests.Response:
        headers = jenkins.DEFAULT_HEADERS if more.get("data") else {}
        request = requests.Request(method, urljoin(self.server, path), headers=headers, **more)
        answer: requests.Response = self.jenkins_request(request, stream=stream)
        return answer

    def _request(self, req: requests.Request, stream: bool | None = None) -> requests.Response:
        prepared = self._session.prepare_request(req)
        how = self._session.merge_environment_settings(prepared.url, {}, stream, self._session.verify, None)
        with reached():
            answer: requests.Response = self._session.send(prepared, timeout=self.timeout, allow_redirects=False, **how)
        return answer

    def _response_handler(self, response: requests.Response) -> requests.Response:
        reads = response.request.method == "GET"
        if response.status_code >= 400 or (reads and response.status_code >= 300):
            raise translate(response)
        if reads and not _is_expected(response):
            raise set_up("A page came where Jenkins's data should be; is JENKINS_URL right?")
        return response


def _is_expected(response: requests.Response) -> bool:
    path = (response.request.path_url or "").partition("?")[0]
    kind = response.headers.get("Content-Type", "")
    return all(kind.startswith(expected) for end, expected in EXPECTED.items() if path.endswith(end))


def item_path(name: str) -> str:
    """Where the item of that full name is: `job/A/job/B/`; nothing for the root."""
    return "".join(f"job/{segment(part)}/" for part in name.split("/")) if name else ""


def node_path(name: str) -> str:
    return f"computer/{segment(name)}/"


def segment(name: str) -> str:
    """One name as a part of an address. Raises Rejected for what would lead elsewhere."""
    if name in {"", ".", ".."}:
        raise rejected(f"Jenkins: {name!r} is no name.")
    return quote(name, safe="")
