# Portico's tasks; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python
# by file, in the order of tests/conftest.py
SPREAD := --dist loadfile --no-loadscope-reorder
QUICK := --ignore=tests/openstack --ignore=tests/load

.DEFAULT_GOAL := help
.PHONY: help venv venv-demo demo reset test check format lock bench screenshots openstack test-openstack

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv-demo:
	@command -v $(PYTHON) >/dev/null || { echo "Portico needs Python 3.11 or 3.12: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) .ci/venv.py demo

venv: ## make .venv with all that tests and checks need
	@command -v $(PYTHON) >/dev/null || { echo "Portico needs Python 3.11 or 3.12: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) .ci/venv.py dev

demo: venv-demo ## run everything here, with simulated clouds; PORT=8000, GITHUB_PORT and JENKINS_PORT the next, DEMO=lab for a whole lab
	@$(RUN) -m portal.demo

reset: ## clear the demo's data
	@if [ -x $(RUN) ]; then $(RUN) -m portal.demo reset; else rm -rf .demo; fi

test: venv ## run all tests but those on a real OpenStack and under load
	@$(RUN) -m pytest -n 2 $(SPREAD) $(QUICK)

check: venv ## everything that CI checks: style, types, layers, migrations, tests
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports
	$(RUN) -m portal.embedded $(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m pytest -n 2 $(SPREAD) $(QUICK)

format: venv ## put all Python into the project's format
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

lock: ## compile requirements*.in into lock files with hashes
	@.ci/lock

bench: venv ## measure speed and memory; prints a table
	@$(RUN) -m tests.load

screenshots: venv ## a picture of each page under docs/
	@$(RUN) -m tests.browser.screenshots

openstack: ## bring a real OpenStack for tests up (root on Debian 12)
	@tests/openstack/box/up

test-openstack: venv ## run the contract suite and the journeys on it
	@.ci/openstack-tests
