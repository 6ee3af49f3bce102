# Two commands for everybody: make demo, make test. The rest is for those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# tests start hundreds of Python processes: without bytecode each of them compiles the whole program first
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test nightly lint coverage docs bench clean

demo: $(VENV)/.installed ## judge the bundled sample clusters, write the reports to out/
	$(BIN)/aks-preflight demo --out-dir out

test: $(VENV)/.tested ## run the tests
	$(BIN)/pytest -n 2 --dist worksteal

nightly: $(VENV)/.tested ## the policy engines against one flow at a time, on 10,000 random clusters; an audit of 300
	AKS_PREFLIGHT_EXAMPLES=10000 $(BIN)/pytest -n 2 tests/connectivity/test_against_naive.py \
		tests/connectivity/test_ip_blocks_pair_by_pair.py tests/connectivity/test_rewrites*.py
	AKS_PREFLIGHT_LARGE=1 $(BIN)/pytest tests/fleet/test_audit_large.py

lint: $(VENV)/.tested ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(VENV)/.tested ## every branch of the rules, the engine and the path solver
	$(BIN)/coverage run -m pytest -q tests/rules tests/test_engine.py tests/test_path.py
	$(BIN)/coverage report --skip-covered --show-missing --fail-under=100

docs: $(VENV)/.installed ## the pages of docs/rules, from the rules themselves
	$(BIN)/python docs/rule_pages.py
	$(BIN)/python docs/semantics_page.py

bench: $(VENV)/.tested ## time and memory of a cluster of 100,000 pods, and of an audit of 300 clusters
	$(BIN)/python bench/run.py
	$(BIN)/python bench/connectivity.py
	$(BIN)/python bench/audit.py
	$(BIN)/python bench/fleet_index.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# what is needed to run, pinned and hashed; then the product itself, in place
$(VENV)/.installed: $(VENV)/bin/python requirements.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

# what tests and lint need besides
$(VENV)/.tested: $(VENV)/.installed requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) out dist
