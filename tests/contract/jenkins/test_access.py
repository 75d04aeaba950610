"""Who is let in, and what no answer or a strange one means; the numbers are those of Jenkins's behaviours."""

import logging
from concurrent.futures import ThreadPoolExecutor

import jenkins as python_jenkins
import pytest
import requests

from provisioning.adapters.jenkins import Controller, open_controller
from provisioning.adapters.jenkins.errors import reached
from provisioning.errors import Broken, Busy, Failure, Gone, ProviderError, Rejected
from tests.contract.jenkins.server import Server, Thing, thing

PAGE = "<html><body><h1>Oops!</h1><p>secret-of-a-page</p></body></html>"
HTML = {"Content-Type": "text/html;charset=utf-8", "X-Jenkins": "2.579"}


def refused(server: Server, **fault: object) -> ProviderError:
    """What the adapter raises where an agent's configuration is answered like this."""
    server.sim.fault(method="GET", path="/computer/x/config.xml", body=PAGE, headers=HTML, **fault)
    with pytest.raises(ProviderError) as raised:
        server.controller().nodes.find("x", "mark")
    assert raised.value.system == "jenkins"
    return raised.value


def test_the_account_is_told(server: Server, controller: Controller) -> None:
    assert controller.whoami() == server.user


def test_1_a_wrong_token_is_our_set_up(server: Server) -> None:
    answer = server.ask("GET", "api/json", auth=(server.user, "wrong"))
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="Jenkins"')
    with pytest.raises(Broken) as broken:
        server.controller(token="wrong").whoami()
    assert (broken.value.code, broken.value.system) == (Failure.CREDENTIAL_BROKEN, "jenkins")


def test_1_without_an_account_in_the_settings_nothing_is_called(settings) -> None:
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = "http://127.0.0.1:9", "portico", ""
    with pytest.raises(Broken, match="JENKINS_TOKEN") as broken:
        open_controller()
    assert broken.value.code == Failure.SET_UP


def test_one_controller_serves_a_process_until_its_settings_change(settings, server: Server) -> None:
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = server.url, server.user, server.token
    first = open_controller()
    assert open_controller() is first
    assert first.whoami() == server.user
    settings.JENKINS_TOKEN = "another"
    assert open_controller() is not first


def test_2_anonymous_is_refused_with_a_page(server: Server) -> None:
    answer = server.ask("GET", "api/json", auth=None)
    assert (answer.status_code, "X-Jenkins" in answer.headers) == (403, True)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_3_nothing_rests_on_the_version_of_a_fresh_client(server: Server) -> None:
    fresh = python_jenkins.Jenkins(server.url, server.user, server.token, timeout=10)
    with pytest.raises(python_jenkins.BadHTTPException):
        fresh.get_version()
    fresh.get_whoami()
    assert fresh.get_version()
    assert server.controller().whoami() == server.user, "where python-jenkins failed"


def test_4_a_permission_that_the_account_lacks_is_named(server: Server) -> None:
    server.sim.control("POST", "users", {"login": "ada", "token": "ada-token"})
    member, it = server.controller("ada", "ada-token"), thing("agent:x")
    with pytest.raises(Broken, match=r"hudson\.model\.Computer\.Create") as broken:
        member.nodes.create(it.name, about="", mark=it.mark, labels=[], executors=1, home="/x", exclusive=True)
    assert broken.value.code == Failure.SET_UP
    with pytest.raises(Broken, match=r"hudson\.model\.Item\.Create"):
        member.folders.create(it.name, about="", mark=it.mark, lines=())


def test_4_who_shuts_us_out_of_a_folder_pauses_nothing_else(server: Server, folder: Thing) -> None:
    line = "USER:hudson.model.Item.Read:ada"
    server.controller().folders.permit(folder.name, folder.mark, server.lines(line))
    server.sim.control("POST", "users", {"login": "ada", "token": "ada-token"})
    with pytest.raises(Rejected, match=r"hudson\.model\.Item\.") as out:
        server.controller("ada", "ada-token").folders.find(folder.name, folder.mark)
    assert (out.value.code, out.value.who) == (Failure.SET_UP, "lab")


def test_5_and_7_an_api_token_needs_no_crumb_and_none_is_asked_for(server: Server, controller: Controller) -> None:
    it = thing("folder")
    controller.folders.create(it.name, about="", mark=it.mark, lines=server.lines())
    assert controller.folders.remove(it.name, it.mark)
    if server.simulated:
        assert not any("crumb" in route for route in server.simulated.calls()["totals"])


def test_6_a_password_is_no_token(server: Server) -> None:
    it, by_password = thing("folder"), server.controller(token=server.sim and server.password)
    assert by_password.whoami() == server.user
    with pytest.raises(Broken, match="must be an API token") as broken:
        by_password.folders.create(it.name, about="", mark=it.mark, lines=())
    assert broken.value.code == Failure.CREDENTIAL_BROKEN


def test_8_a_jenkins_that_starts_says_nothing_of_what_is_there(server: Server, agent: Thing, folder: Thing) -> None:
    controller = server.controller()
    server.sim.control("POST", "controller", {"starting": True})
    for ask in (
        controller.whoami,
        lambda: controller.nodes.find(agent.name, agent.mark),
        lambda: controller.nodes.remove(agent.name, agent.mark),
        lambda: controller.folders.remove(folder.name, folder.mark),
        lambda: controller.nodes.create(
            agent.name, about="", mark=agent.mark, labels=[], executors=1, home="/x", exclusive=True
        ),
    ):
        with pytest.raises(Busy):
            ask()
    server.sim.control("POST", "controller", {"starting": False})
    assert controller.nodes.find(agent.name, agent.mark)
    assert controller.folders.find(folder.name, folder.mark)


def test_8_a_refused_connection_counts_for_the_breaker() -> None:
    with pytest.raises(Busy) as busy:
        Controller("http://127.0.0.1:9", "portico", "token", 1).whoami()
    assert busy.value.unavailable


def test_9_a_slow_post_may_have_been_carried_out(server: Server) -> None:
    it = thing("folder")
    server.sim.fault(method="POST", path="/createItem", effect=True, delay=1.5, status=200)
    with pytest.raises(Busy) as busy:
        server.controller(timeout=0.3).folders.create(it.name, about="", mark=it.mark, lines=server.lines())
    assert busy.value.unavailable
    assert server.until("the folder", lambda: server.controller().folders.find(it.name, it.mark))


@pytest.mark.parametrize("when", ["before", "after"])
def test_9_a_cut_post_is_sent_once(server: Server, when: str) -> None:
    it = thing("folder")
    server.sim.fault(method="POST", path="/createItem", cut=when)
    with pytest.raises(Busy):
        server.controller().folders.create(it.name, about="", mark=it.mark, lines=server.lines())
    assert len([call for call in server.sim.calls()["calls"] if call["method"] == "POST"]) == 1


def test_10_what_is_not_there_is_gone(server: Server, controller: Controller) -> None:
    answer = server.ask("GET", "computer/no-such/api/json")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, "text/html")
    assert controller.nodes.find("no-such", "mark") is None
    with pytest.raises(Gone):
        controller.nodes.state("no-such")


def test_10_a_404_that_is_not_jenkinss_own_is_no_absence(server: Server, agent: Thing) -> None:
    server.sim.fault(method="GET", path="/computer", status=404, body=PAGE, headers={}, times=None)
    for ask in (server.controller().nodes.find, server.controller().nodes.remove):
        with pytest.raises(Broken, match="not Jenkins") as broken:
            ask(agent.name, agent.mark)
        assert broken.value.code == Failure.SET_UP


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 429, 500, 502, 503, 504])
def test_no_page_gets_into_words_or_logs(server: Server, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    raised = refused(server, status=status)
    assert "secret-of-a-page" not in raised.words
    assert "<" not in raised.words
    assert "secret-of-a-page" not in caplog.text
    kind = {401: Broken, 403: Broken, 400: Rejected, 409: Rejected, 422: Rejected}.get(status, Busy)
    assert type(raised) is kind


def test_how_long_to_wait_is_taken_from_the_answer(server: Server) -> None:
    server.sim.fault(path="/me/api/json", status=503, headers={"Retry-After": "7"})
    with pytest.raises(Busy) as busy:
        server.controller().whoami()
    assert busy.value.retry_after == 7


@pytest.mark.parametrize("status", [200, 302])
def test_a_page_where_data_should_be_is_our_set_up(server: Server, status: int) -> None:
    """As from a proxy that asks for a sign-in, or that leads plain HTTP to TLS."""
    headers = HTML | {"Location": "https://elsewhere.example.org/"}
    server.sim.fault(path="/me/api/json", status=status, body=PAGE, headers=headers)
    with pytest.raises(Broken, match="JENKINS_URL") as broken:
        server.controller().whoami()
    assert broken.value.code == Failure.SET_UP


def test_a_log_that_is_somewhere_else_is_no_empty_log(server: Server) -> None:
    server.sim.fault(path="/job/a/1/logText", status=302, headers={"Location": "/login"})
    with pytest.raises(Broken, match="JENKINS_URL"):
        server.controller().builds.log("a", 1)


def test_25_what_follows_a_post_is_not_the_operation(server: Server, agent: Thing) -> None:
    """Behind a proxy Jenkins may redirect to another host, where the account is not known."""
    server.sim.control("POST", "controller", {"address": "http://127.0.0.1:9/"})
    answer = server.ask("POST", f"computer/{agent.name}/toggleOffline")
    assert answer.status_code == 302
    controller = server.controller()
    assert controller.nodes.drain(agent.name, agent.mark, "moved").drained
    assert controller.nodes.remove(agent.name, agent.mark)


def test_threads_share_one_client(server: Server, controller: Controller) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: controller.whoami(), range(40))) == {server.user}


def test_an_error_names_its_system_whatever_it_was(server: Server) -> None:
    for error, kind in ((requests.exceptions.ChunkedEncodingError, Busy), (requests.exceptions.SSLError, Broken)):
        with pytest.raises(kind) as raised, reached():
            raise error
        assert raised.value.system == "jenkins"


@pytest.mark.parametrize(
    ("permission", "kind"),
    [("hudson.model.Hudson.Read", Broken), ("hudson.model.Item.Configure", Rejected), ("", Rejected)],
)
def test_who_is_let_in_nowhere_is_one_trouble_and_not_one_of_each_folder(server: Server, permission, kind) -> None:
    headers = {**HTML, **({"X-Required-Permission": permission} if permission else {})}
    server.sim.fault(path="/job/x/config.xml", status=403, body=PAGE, headers=headers)
    with pytest.raises(kind) as refused:
        server.controller().folders.find("x", "mark")
    assert permission in refused.value.words
    assert "secret-of-a-page" not in refused.value.words
