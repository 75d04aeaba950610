"""A suite whose part is absent: skipped with its cure, named and counted in the end; in CI a failure."""

import os
import subprocess
import sys

import pytest

SUITE = """
import pytest

@pytest.mark.needs("openstack")
@pytest.mark.parametrize("number", [1, 2])
def test_one(number):
    pass

def test_other():
    pass
"""
CURE = "bring a real OpenStack up (make openstack) and run make test-openstack"


@pytest.fixture
def run(repository, tmp_path):
    """Runs a small suite in a pytest of its own, where no OpenStack is named."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    needs(part): as in the project\n")

    def pytest_run(**env: str) -> subprocess.CompletedProcess[str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in {"CONTRACT_CLOUD", "REQUIRE_ALL", "TESTED_LATER"}
        }
        kept |= {"PYTHONPATH": str(repository), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env}
        command = [sys.executable, "-m", "pytest", "-p", "tests.parts", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)

    return pytest_run


def test_an_absent_part_is_named_and_counted_at_the_end(run):
    answer = run()
    assert answer.returncode == 0
    *_, named, counted, last = answer.stdout.strip().splitlines()
    assert named == f"skipped suite openstack: {CURE} (2 tests)"
    assert counted == "1 suites skipped"
    assert "1 passed, 2 skipped" in last


def test_where_all_is_required_it_is_a_failure(run):
    answer = run(REQUIRE_ALL="1")
    assert answer.returncode == 1
    assert f"REQUIRE_ALL=1, but suite openstack: {CURE}" in answer.stdout
    assert "1 passed, 2 errors" in answer.stdout


def test_what_a_later_command_tests_may_be_skipped_here(run):
    assert run(REQUIRE_ALL="1", TESTED_LATER="openstack").returncode == 0
    assert run(REQUIRE_ALL="1", TESTED_LATER="browser").returncode == 1


def test_a_part_that_is_there_runs(run):
    answer = run(CONTRACT_CLOUD="box", OS_CLIENT_CONFIG_FILE="clouds.yaml")
    assert answer.returncode == 0
    assert "3 passed" in answer.stdout
