# Filmoteka: everything starts here. Needs Python 3.11 or newer, git and make; nothing else.
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: help demo run test check bench soak lock clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(INSTALLED) ## the whole product against stand-ins, a journey of three people, then a chat page
	@$(BIN)/python -m app demo

run: $(INSTALLED) ## the product for real: PostgreSQL, migrations, bot and workers, from .env
	@$(BIN)/python -m app run

test: $(INSTALLED) ## all tests, on an embedded PostgreSQL of their own
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(INSTALLED) ## format, lint, types and import contracts
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(INSTALLED) ## measured figures, each against a floor of the same run
	@$(BIN)/python -m tests.bench

soak: $(INSTALLED) ## long random runs
	@$(BIN)/python -m pytest -m soak

lock: $(INSTALLED) ## compiles the hashed requirement files from the .in files (needs uv)
	cd requirements && for set in app dev; do \
	  uv pip compile -q --python-version 3.11 --universal --generate-hashes \
	    --no-emit-index-url --no-header -o $$set.txt $$set.in; done

clean: ## removes the virtual environment and what the tools cached
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(INSTALLED): requirements/dev.txt
	@echo "setting up the virtual environment (once, about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
