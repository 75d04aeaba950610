"""Warnings are errors, but for one line each in pyproject.toml; a line that no longer meets anything must go."""

import subprocess
import sys
import tomllib

import pytest

# What still calls forth the warning that a line lets pass.
CAUSES = {
    "defusedxml.cElementTree is deprecated": "import openid.yadis.etxrd",
    "Support for InfluxDB requires the influxdb library": (
        "import tempfile, openstack.config\n"
        "file = tempfile.NamedTemporaryFile('w', suffix='.yaml')\n"
        "file.write('clouds: {one: {auth: {auth_url: http://127.0.0.1}}}'); file.flush()\n"
        "openstack.config.OpenStackConfig(config_files=[file.name]).get_one('one')\n"
    ),
}


def lines(repository) -> list[str]:
    settings = tomllib.loads((repository / "pyproject.toml").read_text())
    return settings["tool"]["pytest"]["ini_options"]["filterwarnings"]


def test_everything_else_is_an_error(repository):
    first, *others = lines(repository)
    assert first == "error"
    assert {line.split(":")[1] for line in others} == set(CAUSES)


@pytest.mark.parametrize("message", CAUSES)
def test_each_line_still_meets_something(message):
    answer = subprocess.run(
        [sys.executable, "-W", "always", "-c", CAUSES[message]], capture_output=True, text=True, check=False
    )
    assert message in answer.stderr
