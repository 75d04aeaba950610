"""Agents call in by WebSocket with the secret of their name, stay connected, and come back."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from simulators.common import serving
from simulators.jenkins.app import Jenkins
from tests.processes import Child, child, until
from tests.simulators.jenkins.ci import Ci

GIB = 1024**3
# key and answer of RFC 6455, section 1.3
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
ACCEPTED = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
CAPABILITY = {"X-Remoting-Capability": "rO0"}
MASK = bytes(4)
HELD = b"\x81\x82" + MASK  # the head of a text of two bytes


def secret(ci: Ci, name: str = "p9") -> str:
    text = ci.portal.get(f"/computer/{name}/jenkins-agent.jnlp").text
    return re.findall("<argument>(.*?)</argument>", text)[0]


def call_in(ci: Ci, **headers: str | None) -> requests.Response:
    """A call that will be refused; keyword arguments are headers, None leaves one away."""
    sent = {"Node-Name": "p9", "Secret-Key": secret(ci)} | CAPABILITY | UPGRADE
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in sent.items() if value is not None}
    return requests.get(f"{ci.url}/wsagents/", headers=kept, timeout=60)


@contextmanager
def channel(ci: Ci, cookie: str = "") -> Iterator[tuple[socket.socket, str]]:
    """A connection by hand, and the head of the controller's answer."""
    address = urlsplit(ci.url)
    headers = {"Host": address.netloc, "Node-Name": "p9", "Secret-Key": secret(ci)} | CAPABILITY | UPGRADE
    headers |= {"Connection-Cookie": cookie} if cookie else {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(f"GET /wsagents/ HTTP/1.1\r\n{lines}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        yield connection, head.decode()


def header(head: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$", head, re.MULTILINE | re.IGNORECASE)
    assert found, head
    return found[1]


@pytest.fixture
def lab(ci: Ci) -> Ci:
    """An agent that has not called yet."""
    ci.agent("p9", "ppc64le", connect=False)
    return ci


def connected(ci: Ci) -> bool:
    return bool(ci.app.state["nodes"]["p9"]["channel"])


def test_f26_the_launch_document_holds_the_secret(lab: Ci) -> None:
    answer = lab.portal.get("/computer/p9/jenkins-agent.jnlp")
    assert answer.headers["Content-Type"] == "application/x-java-jnlp-file"
    arguments = re.findall("<argument>(.*?)</argument>", answer.text)
    assert re.fullmatch("[0-9a-f]{64}", arguments[0])
    work = ["-workDir", "/var/lib/jenkins", "-internalDir", "remoting"]
    assert arguments[1:] == ["p9", "-webSocket", *work, "-url", f"{lab.url}/"]
    assert lab.portal.get("/computer/p9/slave-agent.jnlp").text == answer.text


def test_f26_the_same_name_has_the_same_secret_again(lab: Ci) -> None:
    before = secret(lab)
    lab.portal.client.delete_node("p9")
    lab.agent("p9", "other", connect=False)
    lab.agent("p10", "other", connect=False)
    assert secret(lab) == before != secret(lab, "p10")


def test_f26_the_secret_is_for_who_may_connect_agents(lab: Ci) -> None:
    assert requests.get(f"{lab.url}/computer/p9/jenkins-agent.jnlp", timeout=60).status_code == 403
    answer = lab.octocat.get("/computer/p9/jenkins-agent.jnlp")
    assert (answer.status_code, answer.headers["X-Required-Permission"]) == (403, "hudson.model.Computer.Connect")
    # anybody may have what only the secret's holder can read
    sealed = requests.get(f"{lab.url}/computer/p9/jenkins-agent.jnlp?encrypt=true", timeout=60)
    assert (sealed.status_code, secret(lab).encode() in sealed.content) == (200, False)


def test_f26_an_agent_that_is_launched_has_no_such_document(ci: Ci) -> None:
    ci.sim("plugins", {"plugins": ["command-launcher"]})
    ci.portal.client.create_node("p9", launcher_params={})
    assert ci.portal.get("/computer/p9/jenkins-agent.jnlp").status_code == 500


@pytest.mark.parametrize("missing", ["Node_Name", "Secret_Key", "X_Remoting_Capability"])
def test_f27_without_its_headers_a_call_is_400(lab: Ci, missing: str) -> None:
    answer = call_in(lab, **{missing: None})
    assert (answer.status_code, "only for use from agent.jar" in answer.text) == (400, True)


def test_f27_an_unknown_agent_is_400_and_a_wrong_secret_403(lab: Ci) -> None:
    answer = call_in(lab, Node_Name="none")
    assert (answer.status_code, "no such agent" in answer.text) == (400, True)
    assert call_in(lab, Secret_Key="0" * 64).status_code == 403
    assert connected(lab) is False


def test_f27_an_agent_that_is_not_inbound_is_400(lab: Ci) -> None:
    config = lab.portal.client.get_node_config("p9")
    launched = config.replace("hudson.slaves.JNLPLauncher", "hudson.slaves.CommandLauncher")
    known = secret(lab)
    lab.portal.client.reconfig_node("p9", launched)
    headers = {"Node-Name": "p9", "Secret-Key": known} | CAPABILITY | UPGRADE
    answer = requests.get(f"{lab.url}/wsagents/", headers=headers, timeout=60)
    assert (answer.status_code, "p9 is not an inbound agent" in answer.text) == (400, True)


@pytest.mark.parametrize("wrong", [{"Upgrade": None}, {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Key": None}])
def test_f27_what_is_no_handshake_is_400(lab: Ci, wrong: dict[str, str | None]) -> None:
    assert call_in(lab, **wrong).status_code == 400
    assert connected(lab) is False


def test_f27_a_second_connection_is_refused_but_with_the_cookie_of_the_first(lab: Ci) -> None:
    with channel(lab) as (first, head):
        answer = call_in(lab)
        assert answer.status_code == 400
        assert "p9 is already connected to this controller. Rejecting this connection." in answer.text
        assert call_in(lab, Connection_Cookie="0" * 64).status_code == 400
        with channel(lab, header(head, "Connection-Cookie")) as (_second, again):
            assert first.recv(1) == b""  # the first is let go
            assert header(again, "Connection-Cookie") != header(head, "Connection-Cookie")
            assert lab.portal.json("/computer/p9")["offline"] is False


def test_f28_the_handshake_is_that_of_the_rfc(lab: Ci) -> None:
    with channel(lab) as (connection, head):
        assert head.startswith("HTTP/1.1 101 ")
        assert header(head, "Sec-WebSocket-Accept") == ACCEPTED
        assert header(head, "Upgrade").lower() == "websocket"
        assert (header(head, "X-Jenkins"), header(head, "X-Remoting-Minimum-Version")) == ("2.579", "4.7")
        assert lab.portal.json("/computer/p9")["offline"] is False
        # a ping (opcode 9, masked with zeros) comes back as a pong (opcode 10, unmasked)
        connection.sendall(bytes([0x89, 0x82]) + MASK + b"hi")
        assert connection.recv(4) == bytes([0x8A, 2]) + b"hi"
        connection.sendall(bytes([0x88, 0x82]) + MASK + (1000).to_bytes(2, "big"))
        assert connection.recv(4) == bytes([0x88, 2]) + (1000).to_bytes(2, "big")
    until(lambda: not connected(lab))
    assert lab.portal.json("/computer/p9")["offlineCauseReason"] == "Connection was broken"


@pytest.mark.parametrize("frame", [b"\x81\x02hi", b"\xff" * 4, HELD + b"{}", HELD + b"no"])
def test_f28_a_peer_that_talks_nonsense_is_hung_up_on(lab: Ci, frame: bytes) -> None:
    """An unmasked frame, no frame at all, and reports that say nothing."""
    with channel(lab) as (connection, _head):
        connection.sendall(frame)
        until(lambda: not connected(lab))


@pytest.fixture
def start(tmp_path: Path):
    """Starts the agent process against a Jenkins."""

    @contextmanager
    def run(ci: Ci, *options: object) -> Iterator[Child]:
        command = ["-m", "simulators.jenkins.agent", "--url", ci.url, "--name", "p9", "--wait", 0.05, *options]
        with child(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}, log=tmp_path / "agent.log") as process:
            yield process

    return run


def test_f28_an_agent_process_connects_and_tells_its_disk(lab: Ci, start, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{secret(lab)}\n")
    options = ("--disk-gib", 40, "--free-gib", 1.5, "--architecture", "amd64")
    with start(lab, "--secret", f"@{tmp_path / 'secret'}", *options) as agent:
        agent.await_line("Connected")
        until(lambda: lab.app.state["nodes"]["p9"]["disk"] == {"total": 40 * GIB, "free": int(1.5 * GIB)})
        lab.move(6)
        seen = lab.portal.json("/computer/p9")
        assert (seen["offline"], seen["absoluteRemotePath"]) == (False, "/var/lib/jenkins")
        assert seen["monitorData"]["hudson.node_monitors.ArchitectureMonitor"] == "Linux (amd64)"
        assert agent.stop() == 0
    until(lambda: not connected(lab))


def test_f28_an_agent_process_comes_back_and_its_disk_stays_as_it_was(lab: Ci, start) -> None:
    with start(lab, "--secret", secret(lab)) as agent:
        agent.await_line("Connected")
        until(lambda: lab.app.channels.sockets)
        until(lambda: lab.app.state["nodes"]["p9"]["disk"]["free"] == 180 * GIB)
        lab.sim("nodes/p9", {"disk": {"free": GIB}})
        lab.sim("nodes/p9", {"connected": False})
        until(lambda: agent.output.count("Connected") == 2)
        # a controller that restarts has forgotten the connection, not the agent
        lab.sim("restart", {"starting": True})
        until(lambda: "Failed to connect: 503" in agent.output)
        lab.sim("controller", {"starting": False})
        until(lambda: agent.output.count("Connected") == 3)
        assert lab.app.state["nodes"]["p9"]["disk"]["free"] == GIB


def test_f28_an_agent_process_ends_where_it_is_not_let_in_for_too_long(lab: Ci, start) -> None:
    with start(lab, "--secret", "0" * 64, "--no-reconnect-after", 0.2) as agent:
        assert agent.process.wait(60) == 1
    assert "Failed to connect: 403" in agent.output
    assert connected(lab) is False


def test_f24_a_deleted_agents_process_is_cut_off_and_calls_in_vain(lab: Ci, start) -> None:
    with start(lab, "--secret", secret(lab), "--no-reconnect-after", 0.2) as agent:
        agent.await_line("Connected")
        lab.portal.client.delete_node("p9")
        assert agent.process.wait(60) == 1
    assert "Failed to connect: 400" in agent.output


def test_the_key_of_the_secrets_is_kept_over_a_restart_and_connections_are_not(lab: Ci) -> None:
    known = secret(lab)
    with channel(lab):
        saved = lab.app.dump()
        restarted = Jenkins("portal", "password-of-portal", "token-of-today")
        restarted.load(saved)
    with serving(restarted) as url:
        again = Ci(url, restarted)
        assert again.admin.json("/computer/p9")["offline"] is True
        assert again.portal.get("/api/json").status_code == 401  # the token is today's
        text = again.admin.get("/computer/p9/jenkins-agent.jnlp").text
    assert known in text


def test_agents_without_a_process_are_connected_from_outside(lab: Ci) -> None:
    lab.sim("nodes/p9", {"connected": True})
    assert lab.portal.json("/computer/p9")["offline"] is False
    lab.sim("nodes/p9", {"connected": False})
    assert lab.portal.json("/computer/p9")["offlineCauseReason"] == "Connection was broken"
    assert requests.post(f"{lab.url}/_sim/nodes/none", json={}, timeout=60).status_code == 404


def test_the_agents_program_is_there_for_everybody(ci: Ci) -> None:
    answer = requests.get(f"{ci.url}/jnlpJars/agent.jar", timeout=60)
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
