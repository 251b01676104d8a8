# The two commands are `make run` and `make test`; everything else is a part of them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(abspath $(VENV))/bin
READY  := $(abspath $(VENV))/.ready

export PATH := $(BIN):$(PATH)
# dbt, sqlfluff and Dagster send usage figures home unless told otherwise.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := yes

.PHONY: run test test-full tested setup lint types build pytest mutants faults docs lock clean

run: setup ## land, build, test, audit, publish, show the scorecard
	warehouse refresh --trigger make
	warehouse scorecard

test: setup ## every check, what is long in a short form
	$(MAKE) --jobs 2 --output-sync=target tested lint

test-full: setup ## every check, what is long at its full length too
	TESTS=full $(MAKE) test

# pytest reads what the build left, and finds the project's folder as it leaves it: ruff and mypy have
# made their caches before. The linter runs beside it.
tested: build types
	pytest

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(abspath $(VENV))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# sqlfluff keeps millions of small objects alive; looking through them for garbage is a third of its time.
SQLFLUFF := python -c 'import gc; gc.set_threshold(200_000, 20, 50); from sqlfluff.cli.commands import cli; cli()'

# Linted with the mapped sources switched on: their models are seen, and the contract tables stay short.
lint: setup ## SQL and Python style
	ruff check scripts tests
	ruff format --check scripts tests
	DBT_TARGET_PATH=target/lint WAREHOUSE_SOURCES=maven,ravenstack $(SQLFLUFF) lint models tests/data analyses

types: setup
	mypy

build: setup ## build and test the demo
	dbt build

pytest: setup
	pytest

AREAS ?= B1-B7
COUNT ?= 60
mutants: setup ## break one formula at a time and demand that a test turns red
	PYTHONPATH=tests/python python -m mutants --areas $(AREAS) --count $(COUNT)

faults: setup ## kill, starve and feed badly many refreshes
	FAULTS=full pytest -n0 tests/python/test_faults.py

docs: setup
	dbt docs generate

lock: setup ## resolve the newest allowed versions into requirements.lock
	uv pip compile --universal --fork-strategy fewest --python-version 3.10 --extra dev --extra dagster --upgrade \
	  --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) target logs warehouse.duckdb published
