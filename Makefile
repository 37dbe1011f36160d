# Two commands do all the set-up: `make serve` and `make test`. They need Python 3.11 or later, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: serve test check format translations golden clean

serve: $(VENV)/installed  ## index seeds/ and serve the search box on 127.0.0.1:8000
	$(BIN)/corpus-search serve seeds --port $(PORT)

test: $(VENV)/tools  ## run the whole suite
	$(BIN)/pytest

check: $(VENV)/tools  ## lint, format and strict types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/tools  ## put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

translations: $(VENV)/tools  ## bring the Chinese catalogue up to date with the code, and compile it
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k QueryError -k _error --no-location --omit-header --sort-output -o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-pot-creation-date -i $(VENV)/messages.pot -w 120 -d src/corpus_search/translations
	$(BIN)/pybabel -q compile -d src/corpus_search/translations

golden: $(VENV)/tools  ## rewrite the golden files; read the diff as prose before you commit it
	$(BIN)/pytest tests/test_golden.py tests/test_conformance.py --rewrite-golden

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis index/gen-* index/words-* index/works.sqlite index/CURRENT index/lock*

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/tools: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/installed
