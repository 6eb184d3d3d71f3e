# Everything here works in a fresh clone with Python 3.11 or newer, git and make; the first target makes .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast mutants evals bench faults security conformance run dev lint format check requirements images sbom clean

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# The whole development set where that is there already, else the few clients that play the apps.
demo: $(or $(wildcard .venv/installed),.venv/installed-demo) ## a conversation, from sign-in to goodbye (ARGS=--stay leaves all running, --verbose shows HTTP)
	@$(BIN)/python -m devtools.demo $(ARGS)

test: .venv/installed ## the tests, on SQLite and on PostgreSQL and Redis where these answer (ARGS="tests/frame -k health")
	@$(BIN)/python -m tests.run $(ARGS)

test-fast: .venv/installed ## the quick part of them, on SQLite alone, for the inner loop
	@$(BIN)/python -m tests.run --fast $(ARGS)

mutants: .venv/installed ## break rule after rule in a copy and see that the tests notice (ARGS="--list", "--only refresh")
	@$(BIN)/python -m devtools.mutants $(ARGS)

evals: .venv/installed ## conversations, judged by the state they leave (ARGS="--by-hand", "--only anchors")
	@$(BIN)/python -m evals $(ARGS)

bench: .venv/installed ## measure speed on PostgreSQL and Redis (ARGS="--save a.json", then "--compare a.json")
	@$(BIN)/python -m devtools.bench $(ARGS)

faults: .venv/installed ## break what is around the connector and see what it does (ARGS="--list", "--only main-app", "--long")
	@$(BIN)/python -m devtools.faults $(ARGS)

security: .venv/installed ## attack it and say what held (ARGS="--only http", "--long", "--write" into docs/security.md)
	@$(BIN)/python -m devtools.security $(ARGS)

conformance: .venv/installed ## hold the MCP door to the protocol with its own tools, from npm
	@$(BIN)/python -m devtools.conformance $(ARGS)

run: .venv/installed ## serve with gunicorn on http://127.0.0.1:8000 (BIND=0.0.0.0:8000 ALLOWED_HOSTS=name-or-address)
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/gunicorn

dev: .venv/installed ## serve with reload on http://127.0.0.1:8000
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/python manage.py runserver $(ARGS)

lint: .venv/installed ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

format: .venv/installed ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: .venv/installed ## missing migrations, the Actions schema, Django's deployment checks in a complete production environment
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py actions_schema --check
	@$(BIN)/python -m tests.production manage.py collectstatic --no-input --verbosity 0 --skip-checks
	@$(BIN)/python -m tests.production manage.py check --deploy --fail-level WARNING

# By the hashes of PyPI's own files, for every platform and Python: whatever index of its own this machine has is not asked.
requirements: .venv/installed ## pin again what requirements*.in ask for (ARGS=--upgrade for newer versions)
	@for name in requirements requirements-traces requirements-dev requirements-demo; do \
		PIP_CONFIG_FILE=/dev/null PIP_INDEX_URL=https://pypi.org/simple PIP_EXTRA_INDEX_URL= PIP_FIND_LINKS= \
			$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-options \
			$(ARGS) --output-file $$name.txt $$name.in; \
	done

images: .venv/installed ## pin the images of Dockerfile and compose.yaml by digest (asks their registries)
	@$(BIN)/python -m devtools.security.images

sbom: .venv/installed ## what the service is made of, as CycloneDX JSON on standard output
	@$(BIN)/python -m devtools.security.sbom

clean: ## remove .venv, caches and local data
	@rm -rf .venv var staticfiles .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/installed: requirements-dev.txt
.venv/installed-demo: requirements-demo.txt
.venv/installed .venv/installed-demo:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; say which: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@echo "Installing the pinned requirements into .venv (once; a minute or two) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "Install Python's venv module (Debian: apt install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $<
	@touch $@
