"""The newcomer's first words: what make lists, and one clear sentence for each thing that is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def make(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # as typed by a newcomer, also where these tests were themselves started by make
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=repository, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(repository, tmp_path) -> Path:
    """What `make venv` needs of a checkout, without a .venv."""
    shutil.copytree(repository / ".ci", tmp_path / ".ci")
    for name in ("Makefile", "requirements-demo.txt", "requirements-dev.txt"):
        shutil.copy(repository / name, tmp_path)
    return tmp_path


def test_make_alone_lists_each_target_with_what_it_does(repository):
    answer = make(repository)
    listed = set(re.findall(r"^  make ([a-z-]+) +\S", answer.stdout, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", (repository / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert listed == set(phony) - {"venv-demo"}  # a part of demo, not a task


def test_no_python_is_one_sentence(checkout):
    answer = make(checkout, "venv", "PYTHON=no-such-python")
    assert answer.returncode != 0
    assert answer.stdout == "Portico needs Python 3.11 or 3.12: apt install python3 python3-venv\n"


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_no_venv_module_is_one_sentence(checkout, absent):
    part = f"{absent}.py"  # Debian's python3 comes without ensurepip
    (checkout / "without").mkdir()
    (checkout / "without" / part).write_text(f"raise ModuleNotFoundError('No module named {absent}')\n")
    python = checkout / "python3"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={checkout}/without exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    answer = make(checkout, "demo", f"PYTHON={python}")
    assert answer.returncode != 0
    assert answer.stdout == ""
    assert answer.stderr.splitlines()[0] == (
        f"Python's venv module is missing: apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv "
        "(Debian, Ubuntu), then run this again."
    )
    assert not (checkout / ".venv").exists()


def test_no_network_is_one_sentence(checkout):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    answer = subprocess.run(
        [sys.executable, ".ci/venv.py", "demo"],
        cwd=checkout,
        env={**kept, **nowhere, "PIP_NO_CACHE_DIR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "The packages could not be installed: is there a network? What pip said is in .venv/install.log."
    ]
    assert (checkout / ".venv" / "install.log").exists()
    assert not list((checkout / ".venv").glob(".installed-*"))
