# Two commands on a fresh machine: make demo, make test. Both can be run again.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# What a set-up was made from: newer than the stamp means set up again.
PY_STAMP := $(VENV)/.made
JS_STAMP := web/static/dist/.vite/manifest.json
JS_SOURCES := $(shell find web/assets -type f) package.json vite.config.js

.PHONY: setup demo demo-reset test check format clean

setup: $(PY_STAMP) $(JS_STAMP)

$(PY_STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable . --group dev
	touch $@

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund

$(JS_STAMP): node_modules/.package-lock.json $(JS_SOURCES)
	npm run --silent build
	touch $@

# The demo city, played up to 15 September 2026, and served. An existing demo is kept.
demo: setup
	$(BIN)/bihuan demo
	PORT=$(PORT) $(BIN)/bihuan serve

demo-reset: setup
	$(BIN)/bihuan demo --reset
	PORT=$(PORT) $(BIN)/bihuan serve

test: setup
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

# What every change has to pass besides the tests.
check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) node_modules web/static/dist
