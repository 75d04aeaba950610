"""The reader of the environment: what it accepts, what it refuses, and that .env.example knows every variable."""

import ast
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings.engine import check_lease, check_looks
from portal.settings.env import Env, broker_url, redis_database


def reading(**source: str) -> Env:
    return Env(source)


def test_roles_are_read_by_numeric_id():
    assert reading(X="olga:101, otto:102").logins("X") == {101: "olga", 102: "otto"}


@pytest.mark.parametrize("entry", ["olga", "olga:", ":101", "olga:abc", "olga:-1", "olga:٣"])
def test_a_role_without_an_id_is_refused(entry):
    with pytest.raises(ImproperlyConfigured, match="github_id"):
        reading(X=entry).logins("X")


def test_nobody_has_a_role_where_nothing_is_set():
    assert reading().logins("X") == {}


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("0", False), ("off", False)])
def test_flags(value, expected):
    assert reading(X=value).flag("X", default=not expected) is expected


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("number", "soon"),
        ("number", "-1"),
        ("whole", "1.5"),
        ("url", "ftp://example.org"),
        ("url", "https://"),
        ("uuid", "1234"),
        ("required", ""),
    ],
)
def test_what_is_malformed_is_refused_by_name(method, value):
    arguments = (0,) if method in {"number", "whole"} else ()
    with pytest.raises(ImproperlyConfigured, match="THE_NAME"):
        getattr(reading(THE_NAME=value), method)("THE_NAME", *arguments)


def test_amounts():
    assert reading().amounts("X", "vcpus=2,gpus=0") == {"vcpus": 2, "gpus": 0}
    with pytest.raises(ImproperlyConfigured):
        reading(X="vcpus=many").amounts("X", "vcpus=2")


def test_a_database_by_socket_and_by_host():
    by_socket = reading(X="postgresql://portico@/portico?host=/run/a%20b").database("X")
    assert (by_socket["HOST"], by_socket["USER"], by_socket["NAME"]) == ("/run/a b", "portico", "portico")
    by_host = reading(X="postgresql://u:p%40ss@db:5433/n?sslmode=require").database("X")
    assert (by_host["HOST"], by_host["PORT"], by_host["PASSWORD"]) == ("db", "5433", "p@ss")
    assert by_host["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://host", "portico"])
def test_only_postgresql_is_a_database(url):
    with pytest.raises(ImproperlyConfigured, match="X must look like"):
        reading(X=url).database("X")


def test_celery_has_its_own_name_for_a_socket():
    assert broker_url("unix:///run/r.sock?db=3") == "redis+socket:///run/r.sock?virtual_host=3"
    assert broker_url("redis://host:6379/1") == "redis://host:6379/1"


def test_the_same_redis_by_another_number():
    assert redis_database("unix:///run/r.sock?db=0", 2) == "unix:///run/r.sock?db=2"
    assert redis_database("redis://host:6379/0", 2) == "redis://host:6379/2"


def test_a_lease_outlives_a_call():
    check_lease(lease=3, timeout=1, margin=1)
    with pytest.raises(ImproperlyConfigured, match="ENGINE_LEASE"):
        check_lease(lease=2.9, timeout=1, margin=1)


def test_looks_are_not_rarer_than_full_listings():
    with pytest.raises(ImproperlyConfigured, match="ENGINE_LOOK"):
        check_looks(look=10, full=5)


def variables_read(repository: Path) -> set[str]:
    """The first argument of every `env.something("NAME")` in the settings."""
    found = set()
    for module in (repository / "portal" / "settings").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *_]):
                    found.add(name)
    return found


def test_each_variable_is_described(repository):
    described = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (repository / ".env.example").read_text(), re.MULTILINE))
    read = variables_read(repository)
    assert len(read) > 30
    assert read - described == {"PYTEST_XDIST_WORKER"}  # set by pytest-xdist alone


def defaults_read(repository: Path) -> dict[str, str]:
    """The constant that settings take for each variable, as .env would say it."""
    found = {}
    for module in (repository / "portal" / "settings").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case (
                    ast.Call(
                        func=ast.Attribute(value=ast.Name(id="env")),
                        args=[ast.Constant(value=str(name)), ast.Constant(value=default)],
                    )
                    | ast.Call(
                        func=ast.Attribute(value=ast.Name(id="env")),
                        args=[ast.Constant(value=str(name))],
                        keywords=[ast.keyword(arg="default", value=ast.Constant(value=default))],
                    )
                ):
                    found[name] = str(int(default) if isinstance(default, bool) else default)
    return found


def test_what_is_commented_out_is_the_default(repository):
    example, _, _ = (repository / ".env.example").read_text().partition("docker-compose.yml only")
    told = dict(re.findall(r"^# ([A-Z][A-Z0-9_]+)=(.*)$", example, re.MULTILINE))
    taken = defaults_read(repository)
    assert len(taken) > 30
    assert {name: value for name, value in told.items() if value != taken.get(name, "")} == {}
