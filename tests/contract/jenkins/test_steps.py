"""The steps of CI on a Jenkins: made, found again, set right, put to rest, taken back; what is not ours stays."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from provisioning.adapters.jenkins import Controller
from provisioning.errors import Broken, Failure, Rejected
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.ports import Position
from provisioning.spec import FolderWant, JobWant, Tag, Want
from provisioning.steps import KINDS
from provisioning.steps.folder import lines_for
from tests.contract.jenkins.server import Server

WHO = ("ada-porter", "bo-builder")
PIPELINE = JobWant("https://github.com/ada-porter/fastcodec", "Jenkinsfile", ("ppc64le",))
STARTER = JobWant("", "", ("ppc64le", "power9"))


class Bench:
    """One allocation's steps, carried out one by one, with what they told so far."""

    def __init__(self, controller: Controller) -> None:
        self.controller, self.deployment, self.allocation = controller, uuid4(), uuid4()
        self.facts: dict[str, dict[str, Any]] = {}

    def at(self, key: str, want: Want, *, called: bool = True, own_id: bool = True, incarnation: int = 1) -> Position:
        told = self.facts.get(key, {})
        tag = Tag(self.deployment, self.allocation, key, incarnation)
        return Position(tag, want, told.get("id", "") if own_id else "", called, self.facts, told, {}, None)

    def do(self, verb: str, key: str, want: Want, **how: Any) -> Any:
        it = self.at(key, want, **how)
        answer = getattr(KINDS[key.partition(":")[0]], verb)(None, it)
        if isinstance(answer, Ready) and verb == "ensure":
            self.facts[key] = {**answer.facts, "id": answer.id}
        return answer

    def gone(self, key: str, want: Want) -> bool:
        return any(isinstance(self.do("undo", key, want), Ready) for _ in range(20))

    @property
    def folder(self) -> str:
        return str(self.facts["folder"]["id"])

    def lines(self) -> frozenset[str]:
        found = self.controller.folders.find(self.folder, str(self.facts["folder"]["mark"]))
        assert found
        return found.lines


@pytest.fixture
def bench(server: Server, controller: Controller, settings: Any) -> Iterator[Bench]:
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = server.url, server.user, server.token
    bench = Bench(controller)
    yield bench
    if "folder" in bench.facts:
        server.ask("POST", f"job/{bench.folder}/doDelete")


@pytest.fixture
def folder(bench: Bench) -> Bench:
    bench.do("ensure", "folder", FolderWant("Fastcodec", WHO), called=False)
    return bench


def test_a_folder_is_open_to_its_people_and_to_us_from_the_first_moment(folder: Bench) -> None:
    assert folder.lines() == lines_for(WHO)


def test_people_see_the_projects_name(folder: Bench, server: Server) -> None:
    assert server.ask("GET", f"job/{folder.folder}/api/json").json()["displayName"] == "Fastcodec"


def test_a_folder_whose_call_was_cut_is_found_again_and_no_twin_is_made(folder: Bench) -> None:
    was = folder.folder
    folder.do("ensure", "folder", FolderWant("Fastcodec", WHO), own_id=False)
    assert folder.folder == was


def test_who_left_is_out_after_the_next_ensure(folder: Bench) -> None:
    folder.do("ensure", "folder", FolderWant("Fastcodec", WHO[:1]))
    assert folder.lines() == lines_for(WHO[:1])


def test_a_login_that_jenkins_takes_for_others_opens_nothing(folder: Bench, server: Server) -> None:
    folder.do("ensure", "folder", FolderWant("Fastcodec", (*WHO, "Anonymous", "authenticated", server.user.upper())))
    assert folder.lines() == lines_for(WHO)


def test_a_line_that_somebody_added_is_seen_and_taken_out(folder: Bench) -> None:
    want = FolderWant("Fastcodec", WHO)
    assert folder.do("check", "folder", want) is None
    mark = str(folder.facts["folder"]["mark"])
    folder.controller.folders.permit(folder.folder, mark, lines_for((*WHO, "mallory")))
    assert isinstance(folder.do("check", "folder", want), Pending)
    folder.do("ensure", "folder", want)
    assert folder.lines() == lines_for(WHO)


def test_a_folder_that_was_opened_to_what_is_above_is_seen_and_closed(folder: Bench, server: Server) -> None:
    want, path = FolderWant("Fastcodec", WHO), f"job/{folder.folder}/config.xml"
    opened = server.ask("GET", path).text.replace("NonInheritingStrategy", "InheritParentStrategy")
    assert server.ask("POST", path, data=opened.encode(), headers={"Content-Type": "text/xml"}).status_code == 200
    assert isinstance(folder.do("check", "folder", want), Pending)
    folder.do("ensure", "folder", want)
    assert folder.do("check", "folder", want) is None


def test_at_rest_it_is_closed_to_its_people(folder: Bench) -> None:
    want = FolderWant("Fastcodec", WHO)
    assert isinstance(folder.do("ensure", "suspension", want, called=False), Ready)
    assert folder.lines() == lines_for(())
    assert folder.do("check", "folder", want) is None
    assert folder.do("check", "suspension", want) is None
    folder.controller.folders.permit(folder.folder, str(folder.facts["folder"]["mark"]), lines_for(WHO))
    assert isinstance(folder.do("check", "suspension", want), Pending)
    assert isinstance(folder.do("undo", "suspension", want), Ready)
    assert folder.lines() == lines_for(WHO)


@pytest.mark.parametrize("want", [PIPELINE, STARTER], ids=["pipeline", "starter"])
def test_a_job_is_made_kept_and_taken_back(folder: Bench, want: JobWant) -> None:
    made = folder.do("ensure", "job:fastcodec", want, called=False)
    assert made.id == f"{folder.folder}/fastcodec"
    assert folder.do("ensure", "job:fastcodec", want).id == made.id
    assert folder.do("check", "job:fastcodec", want) is None
    assert folder.gone("job:fastcodec", want)
    assert isinstance(folder.do("check", "job:fastcodec", want), Missing)
    assert KINDS["job"].prove_absent(None, folder.at("job:fastcodec", want))


def test_a_job_that_was_away_and_came_back_is_taken_as_the_next_incarnation(folder: Bench) -> None:
    """As after a Jenkins that was started without its disk: its name is the same, and its builds are still there."""
    made = folder.do("ensure", "job:fastcodec", PIPELINE, called=False)
    again = folder.do("ensure", "job:fastcodec", PIPELINE, called=False, own_id=False, incarnation=2)
    assert again.id == made.id
    assert folder.gone("job:fastcodec", PIPELINE)


def test_another_repository_or_label_is_a_change_of_the_job_in_place(folder: Bench, server: Server) -> None:
    folder.do("ensure", "job:fastcodec", PIPELINE, called=False)
    folder.do("ensure", "job:fastcodec", JobWant("https://example.org/new", "Jenkinsfile", ()))
    folder.do("ensure", "job:agents", STARTER, called=False)
    folder.do("ensure", "job:agents", JobWant("", "", ("ppc64le", "gpu")))
    pipeline, starter = (
        server.ask("GET", f"job/{folder.folder}/job/{name}/config.xml").text for name in ("fastcodec", "agents")
    )
    assert "https://example.org/new" in pipeline
    assert "ada-porter/fastcodec" not in pipeline
    assert "ppc64le &amp;&amp; gpu" in starter
    assert "portico/" in starter


def test_a_folder_goes_with_all_that_is_in_it(folder: Bench, server: Server) -> None:
    folder.do("ensure", "job:fastcodec", PIPELINE, called=False)
    want = FolderWant("Fastcodec", WHO)
    assert folder.gone("folder", want)
    assert server.ask("GET", f"job/{folder.folder}/api/json").status_code == 404
    assert isinstance(folder.do("ensure", "folder", want), Missing)
    assert KINDS["folder"].prove_absent(None, folder.at("folder", want))


def test_what_carries_another_mark_is_never_touched(folder: Bench, server: Server) -> None:
    want = FolderWant("Fastcodec", WHO)
    theirs = Bench(folder.controller)
    theirs.facts = {"folder": {**folder.facts["folder"]}}
    for verb in ("ensure", "undo", "check"):
        with pytest.raises(Rejected) as refused:
            theirs.do(verb, "folder", want)
        assert refused.value.code == Failure.NOT_OURS
    assert server.ask("GET", f"job/{folder.folder}/api/json").status_code == 200


def test_a_jenkins_that_nobody_told_of_is_the_labs_to_set_up(bench: Bench, settings: Any) -> None:
    settings.JENKINS_TOKEN = ""
    with pytest.raises(Broken) as broken:
        bench.do("ensure", "folder", FolderWant("Fastcodec", WHO), called=False)
    assert (broken.value.system, broken.value.code) == ("jenkins", Failure.SET_UP)
