"""Folders and jobs are made, read, changed and deleted as Jenkins does it, and seen by whom its matrix says."""

import jenkins
import pytest
from requests import HTTPError

from tests.simulators.jenkins.ci import MATRIX, MEMBER, PORTAL, STRATEGY, Ci, folder, line, matrix, pipeline, project

OWN = [line("portal", permission) for permission in PORTAL]
OCTO = [line("octocat", permission) for permission in MEMBER]


@pytest.fixture
def octo(ci: Ci) -> Ci:
    """A folder of octocat's project with a job in it, closed to everybody else but the portal."""
    ci.portal.client.create_job("octo", folder(*OWN, *OCTO))
    ci.portal.client.create_job("octo/test", project())
    return ci


def test_f31_a_job_from_xml_is_200_and_empty(ci: Ci) -> None:
    answer = ci.portal.post("/createItem?name=test", project())
    assert (answer.status_code, answer.text) == (200, "")
    assert ci.portal.json("/job/test")["_class"] == "hudson.model.FreeStyleProject"
    assert ci.portal.client.job_exists("test")
    assert ci.portal.client.job_exists("absent") is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/createItem?name=test", project(), 400),
        ("/createItem?name=TEST", project(), 400),
        ("/createItem?name=other", "<project>", 500),
        ("/createItem?name=other", "<maven2-moduleset/>", 500),
        ("/createItem?name=", project(), 400),
        ("/createItem?name=a%2Fb", project(), 400),
        ("/createItem?name=a%3Fb", project(), 400),
        ("/createItem?name=..", project(), 400),
        ("/createItem?name=x.", project(), 400),
        ("/job/absent/createItem?name=x", project(), 404),
        ("/job/test/createItem?name=x", project(), 404),
    ],
)
def test_f31_what_cannot_be_made_is_refused_and_changes_nothing(ci: Ci, path: str, body: str, status: int) -> None:
    ci.portal.client.create_job("test", project("make check"))
    before = ci.portal.client.get_job_config("test")
    answer = ci.portal.post(path, body)
    assert answer.status_code == status
    assert "text/html" in answer.headers["Content-Type"]
    assert [job["name"] for job in ci.portal.json("")["jobs"]] == ["test"]
    assert ci.portal.client.get_job_config("test") == before


def test_f31_a_refusal_says_why_in_a_header(ci: Ci) -> None:
    answer = ci.portal.post("/createItem?name=a%3Fb", project())
    assert answer.headers["X-Error"] == "??? is an unsafe character"


def test_f31_python_jenkins_says_that_the_folder_is_absent(ci: Ci) -> None:
    with pytest.raises(jenkins.JenkinsException, match="folder for the job does not exist"):
        ci.portal.client.create_job("absent/test", project())


def test_f31_a_folder_from_a_form_leads_to_its_configuration(ci: Ci) -> None:
    form = {"name": "octo", "mode": "com.cloudbees.hudson.plugins.folder.Folder"}
    answer = ci.portal.post("/createItem?name=octo", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{ci.url}/job/octo/configure")
    with pytest.raises(jenkins.JenkinsException):
        ci.portal.client.create_folder("octo")
    ci.portal.client.create_folder("octo/inner")
    assert ci.portal.json("/job/octo/job/inner")["fullName"] == "octo/inner"


def test_f31_without_the_plugin_there_is_no_folder(ci: Ci) -> None:
    ci.sim("plugins", {"plugins": ["matrix-auth"]})
    form = {"name": "octo", "mode": "com.cloudbees.hudson.plugins.folder.Folder"}
    answer = ci.portal.post("/createItem?name=octo", form)
    assert answer.status_code == 400
    assert "No item type" in answer.text
    assert ci.portal.post("/createItem?name=octo", folder()).status_code == 500


def test_f22_create_item_hides_from_get_and_actions_want_post(octo: Ci) -> None:
    assert octo.portal.get("/createItem").status_code == 404
    assert octo.portal.get("/job/octo/createItem").status_code == 404
    answer = octo.portal.get("/job/octo/job/test/doDelete")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert octo.portal.get("/job/octo/job/test/build").status_code == 405


def test_a_name_in_other_case_is_the_same_job(octo: Ci) -> None:
    with pytest.raises(jenkins.JenkinsException):
        octo.portal.client.job_exists("octo/TEST")
    assert octo.portal.json("/job/OCTO/job/TEST")["fullName"] == "octo/test"


def test_a_name_may_have_spaces_and_letters(ci: Ci) -> None:
    ci.portal.client.create_job("porté + co", project())
    assert ci.portal.json("")["jobs"][0]["url"] == f"{ci.url}/job/port%C3%A9%20%2B%20co/"
    assert ci.portal.client.get_job_info("porté + co")["name"] == "porté + co"


def test_config_xml_is_written_again_the_way_jenkins_does(ci: Ci) -> None:
    sent = "<project><disabled>false</disabled><description>ours: é</description><builders/></project>"
    ci.portal.client.create_job("test", sent)
    answer = ci.portal.get("/job/test/config.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    text = answer.content.decode()
    assert text.startswith("<?xml version='1.1' encoding='UTF-8'?>\n<project>")
    named = [
        text.index(f"<{name}") for name in ("description", "keepDependencies", "properties", "canRoam", "disabled")
    ]
    assert named == sorted(named)
    assert "ours: é" in text
    assert ci.portal.post("/job/test/config.xml", text).status_code == 200
    assert ci.portal.get("/job/test/config.xml").content.decode() == text


@pytest.mark.parametrize("body", ["<project>", pipeline("echo 'x'"), folder()])
def test_another_kind_of_config_is_500_and_no_change(ci: Ci, body: str) -> None:
    ci.portal.client.create_job("test", project("make check"))
    before = ci.portal.client.get_job_config("test")
    with pytest.raises(jenkins.JenkinsException):
        ci.portal.client.reconfig_job("test", body)
    assert ci.portal.client.get_job_config("test") == before


def test_a_change_of_config_takes_effect(ci: Ci) -> None:
    ci.portal.client.create_job("test", project())
    ci.portal.client.reconfig_job("test", project(label="ppc64le && gpu", more="<disabled>true</disabled>"))
    shown = ci.portal.client.get_job_info("test")
    assert (shown["labelExpression"], shown["color"], shown["buildable"]) == ("ppc64le && gpu", "disabled", False)
    ci.portal.client.enable_job("test")
    assert ci.portal.client.get_job_info("test")["color"] == "notbuilt"
    ci.portal.client.disable_job("test")
    assert ci.portal.client.get_job_info("test")["color"] == "disabled"


def test_a_label_is_ignored_where_the_job_may_roam(ci: Ci) -> None:
    ci.portal.client.create_job("test", "<project><assignedNode>x</assignedNode><canRoam>true</canRoam></project>")
    assert ci.portal.client.get_job_info("test")["labelExpression"] is None


def test_what_jenkins_does_not_know_is_gone_from_the_matrix(ci: Ci) -> None:
    lines = [*OWN, "USER:hudson.model.Item.Build:octocat", "USER:hudson.model.Item.Sing:octocat", "nonsense"]
    assert ci.portal.post("/createItem?name=octo", folder(*lines)).status_code == 200
    kept = ci.portal.client.get_job_config("octo")
    assert "Item.Build:octocat" in kept
    assert "Sing" not in kept
    assert "nonsense" not in kept


def test_the_strategy_counts_only_as_the_first_child(ci: Ci) -> None:
    tag = f'<inheritanceStrategy class="{STRATEGY}.NonInheritingStrategy"/>'
    late = folder(*OWN).replace(tag, "").replace(f"</{MATRIX}>", f"{tag}</{MATRIX}>")
    ci.portal.client.create_job("octo", late)
    assert "InheritParentStrategy" in ci.portal.client.get_job_config("octo")


def test_a_folder_lists_its_jobs_by_depth_and_by_tree(octo: Ci) -> None:
    shallow = octo.portal.json("/job/octo")
    address = f"{octo.url}/job/octo/job/test/"
    kind = "hudson.model.FreeStyleProject"
    assert shallow["_class"] == "com.cloudbees.hudson.plugins.folder.Folder"
    assert shallow["jobs"] == [{"_class": kind, "name": "test", "url": address, "color": "notbuilt"}]
    deep = octo.portal.json("/job/octo", params={"depth": 1})["jobs"][0]
    assert (deep["fullDisplayName"], deep["nextBuildNumber"], deep["builds"]) == ("octo » test", 1, [])
    tree = octo.portal.json("", params={"tree": "jobs[name,jobs[name,lastBuild[number]]]"})
    test = {"_class": kind, "name": "test", "lastBuild": None}
    assert tree["jobs"] == [{"_class": shallow["_class"], "name": "octo", "jobs": [test]}]
    assert [job["fullname"] for job in octo.portal.client.get_all_jobs()] == ["octo", "octo/test"]


def test_deleting_a_folder_takes_everything_in_it(octo: Ci) -> None:
    octo.portal.client.create_job("octo/inner", folder())
    octo.portal.client.create_job("octo/inner/deep", project())
    octo.portal.client.create_job("octopus", project())
    octo.portal.client.build_job("octo/inner/deep")
    answer = octo.portal.post("/job/octo/doDelete")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{octo.url}/")
    assert [job["name"] for job in octo.portal.json("")["jobs"]] == ["octopus"]
    assert octo.portal.client.get_queue_info() == []
    assert octo.portal.get("/job/octo/job/inner/job/deep/api/json").status_code == 404


def test_deleting_a_job_leads_to_its_folder(octo: Ci) -> None:
    assert octo.portal.post("/job/octo/job/test/doDelete").headers["Location"] == f"{octo.url}/job/octo/"
    octo.portal.client.create_job("octo/test", project())
    octo.portal.client.delete_job("octo/test")
    assert octo.portal.client.job_exists("octo/test") is None


# -- who may what


def test_another_projects_folder_is_not_there(octo: Ci) -> None:
    for path in ("", "/job/test"):
        assert octo.octocat.get(f"/job/octo{path}/api/json").status_code == 200
        assert octo.mallory.get(f"/job/octo{path}/api/json").status_code == 404
    assert octo.mallory.json("")["jobs"] == []
    assert [job["name"] for job in octo.octocat.json("")["jobs"]] == ["octo"]


def test_a_right_on_the_job_is_none_where_the_folder_is_hidden(octo: Ci) -> None:
    element = "hudson.security.AuthorizationMatrixProperty"
    lines = matrix(*OWN, line("mallory", "Item.Read"), element=element)
    octo.portal.client.reconfig_job("octo/test", project().replace("<properties>", f"<properties>{lines}"))
    assert octo.mallory.get("/job/octo/job/test/api/json").status_code == 404


def test_who_may_only_discover_is_refused(ci: Ci) -> None:
    ci.portal.client.create_job("octo", folder(*OWN, line("mallory", "Item.Discover")))
    answer = ci.mallory.get("/job/octo/api/json")
    assert (answer.status_code, answer.headers["X-Required-Permission"]) == (403, "hudson.model.Item.Read")


@pytest.mark.parametrize(
    ("method", "path", "body", "needed"),
    [
        ("POST", "/job/octo/job/test/build", None, "Item.Build"),
        ("GET", "/job/octo/job/test/config.xml", None, "Item.ExtendedRead"),
        ("POST", "/job/octo/job/test/config.xml", project(), "Item.Configure"),
        ("GET", "/job/octo/job/test/configure", None, "Item.Configure"),
        ("POST", "/job/octo/config.xml", folder(), "Item.Configure"),
        ("POST", "/job/octo/createItem?name=more", project(), "Item.Create"),
        ("POST", "/createItem?name=more", project(), "Item.Create"),
        ("POST", "/job/octo/job/test/doDelete", None, "Item.Delete"),
        ("POST", "/job/octo/doDelete", None, "Item.Delete"),
        ("POST", "/job/octo/job/test/disable", None, "Item.Configure"),
        ("GET", "/job/octo/job/test/ws/", None, "Item.Workspace"),
    ],
)
def test_each_right_is_needed(ci: Ci, method: str, path: str, body: str | None, needed: str) -> None:
    ci.portal.client.create_job("octo", folder(*OWN, line("octocat", "Item.Read")))
    ci.portal.client.create_job("octo/test", project("make check"))
    before = ci.portal.client.get_job_config("octo/test")
    answer = ci.octocat.call(method, path, body)
    assert (answer.status_code, answer.headers["X-Required-Permission"]) == (403, f"hudson.model.{needed}")
    # to somebody of another project none of it is there
    assert ci.mallory.call(method, path, body).status_code == (403 if path.startswith("/createItem") else 404)
    assert ci.portal.client.get_job_config("octo/test") == before
    assert ci.portal.client.get_queue_info() == []
    assert [job["name"] for job in ci.portal.json("/job/octo")["jobs"]] == ["test"]


def test_a_folder_whose_jobs_somebody_may_not_delete_stays_whole(octo: Ci) -> None:
    element = "hudson.security.AuthorizationMatrixProperty"
    closed = project().replace("<properties>", f"<properties>{matrix(line('admin', 'Item.Read'), element=element)}")
    assert octo.admin.post("/job/octo/createItem?name=closed", closed).status_code == 200
    assert octo.portal.post("/job/octo/doDelete").status_code == 403
    assert [job["name"] for job in octo.admin.json("/job/octo")["jobs"]] == ["closed", "test"]


@pytest.mark.parametrize(
    ("strategy", "by_global", "by_folder"),
    [
        ("InheritParentStrategy", True, True),
        ("InheritGlobalStrategy", True, False),
        ("NonInheritingStrategy", False, False),
    ],
)
def test_what_an_inner_folder_inherits(ci: Ci, strategy: str, by_global: bool, by_folder: bool) -> None:
    ci.portal.client.create_job("octo", folder(*OWN, *OCTO, strategy="InheritGlobalStrategy"))
    ci.admin.client.create_job("octo/inner", folder(line("admin", "Item.Read"), strategy=strategy))
    # the portal has its rights from the global lines, octocat from the outer folder
    assert (ci.portal.get("/job/octo/job/inner/api/json").status_code == 200) is by_global
    assert (ci.octocat.get("/job/octo/job/inner/api/json").status_code == 200) is by_folder
    assert ci.admin.get("/job/octo/job/inner/api/json").status_code == 200


def test_a_job_without_a_matrix_takes_its_folders(octo: Ci) -> None:
    assert octo.octocat.post("/job/octo/job/test/build").status_code == 201
    octo.portal.client.reconfig_job("octo", folder(*OWN))
    assert octo.octocat.post("/job/octo/job/test/build").status_code == 404


def test_who_makes_a_folder_may_read_and_configure_it(ci: Ci) -> None:
    ci.portal.client.create_job("octo", folder(line("octocat", "Item.Read")))
    kept = ci.portal.client.get_job_config("octo")
    assert "USER:hudson.model.Item.Configure:portal" in kept
    assert "USER:hudson.model.Item.Read:portal" in kept
    assert ci.portal.post("/job/octo/doDelete").status_code == 403


def test_a_group_and_a_line_without_type_count(ci: Ci) -> None:
    group = "GROUP:hudson.model.Item.Read:octo-org*Core Team"
    ci.portal.client.create_job("octo", folder(*OWN, group, "hudson.model.Item.Read:mallory"))
    assert ci.octocat.get("/job/octo/api/json").status_code == 200
    assert ci.mallory.get("/job/octo/api/json").status_code == 200
    assert ci.octocat.post("/job/octo/createItem?name=x", project()).status_code == 403


def test_an_unexpected_status_is_a_plain_http_error(octo: Ci) -> None:
    octo.portal.client.disable_job("octo/test")
    with pytest.raises(HTTPError):
        octo.portal.client.build_job("octo/test")
