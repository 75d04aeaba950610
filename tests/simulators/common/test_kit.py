"""The kit that all simulators stand on."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug import Request

from simulators.common import Answer, Simulator, serving
from simulators.common.state import StateFile


def counter() -> Simulator:
    """Counts what is posted to it."""
    app = Simulator("counter", lambda: {"n": 0})

    @app.post("/add")
    def add(request: Request) -> Answer:
        app.state["n"] += len(request.get_data())
        return app.state

    @app.get("/hello/<name>")
    def hello(request: Request, name: str) -> Answer:
        return {"hello": name, "q": request.args.get("q")}

    @app.get("/bug")
    def bug(request: Request) -> Answer:
        raise ZeroDivisionError

    return app


@pytest.fixture
def app() -> Simulator:
    return counter()


@pytest.fixture
def url(app: Simulator) -> Iterator[str]:
    with serving(app) as url:
        yield url


def test_routes_take_values_and_queries(url: str) -> None:
    assert requests.get(f"{url}/hello/%C3%A4?q=1", timeout=60).json() == {"hello": "ä", "q": "1"}
    assert requests.get(f"{url}/nowhere", timeout=60).status_code == 404
    assert requests.put(f"{url}/add", timeout=60).status_code == 405


def test_a_body_may_come_in_chunks(url: str) -> None:
    parts = iter([b"abc", b"defg"])
    assert requests.post(f"{url}/add", data=parts, timeout=60).json() == {"n": 7}


def test_one_connection_carries_many_calls(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        sockets = set()
        for method, path in (("GET", "/hello/a"), ("HEAD", "/hello/a"), ("GET", "/nowhere"), ("GET", "/hello/b")):
            connection.request(method, path)
            connection.getresponse().read()
            sockets.add(connection.sock.getsockname())
        assert len(sockets) == 1
    finally:
        connection.close()


def test_a_bug_of_the_simulator_is_a_500(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert requests.get(f"{url}/bug", timeout=60).status_code == 500
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_delay_does_not_hold_the_others_up(url: str) -> None:
    requests.post(f"{url}/_sim/faults", json={"path": "/hello/slow", "delay": 30}, timeout=60)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{url}/hello/slow", timeout=0.2)
    assert requests.get(f"{url}/hello/fast", timeout=60).ok


def test_the_date_is_the_simulated_one(url: str, app: Simulator) -> None:
    requests.post(f"{url}/_sim/time", json={"seconds": 400 * 86400}, timeout=60)
    answer = requests.get(f"{url}/hello/a", timeout=60)
    assert str(app.clock.utc().year) in answer.headers["Date"]


def test_state_and_clock_outlive_a_restart(url: str, app: Simulator, tmp_path: Path) -> None:
    requests.post(f"{url}/add", data=b"abc", timeout=60)
    requests.post(f"{url}/_sim/time", json={"seconds": 60}, timeout=60)
    StateFile(tmp_path / "state.json", app).save()
    second = counter()
    assert StateFile(tmp_path / "state.json", second).load()
    assert (second.state, second.clock.offset) == ({"n": 3}, 60)
    assert not StateFile(tmp_path / "absent.json", second).load()


def test_a_reset_begins_anew(url: str, app: Simulator) -> None:
    requests.post(f"{url}/add", data=b"abc", timeout=60)
    requests.post(f"{url}/_sim/faults", json={"path": "/", "status": 500}, timeout=60)
    requests.post(f"{url}/_sim/reset", timeout=60)
    assert app.state == {"n": 0}
    assert requests.get(f"{url}/hello/a", timeout=60).ok
