# Everything runs from .venv, made here from the lock file. `make` alone says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
INSTALLED := $(VENV)/.installed

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never

.PHONY: help install demo run playground test check format bench clean

help: ## what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED) ## everything into .venv, from the lock file

$(INSTALLED): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "FindMe needs Python 3.11, 3.12 or 3.13; say which one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null # a .venv made by uv has no pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing into $(VENV): about 300 MB to download, 1.6 GB on disk, a minute or two."
	@$(BIN)/uv sync --quiet --locked --all-extras --inexact --python $(BIN)/python
	@touch $@

demo: $(INSTALLED) ## the whole path, without Slack: index, /findme, images in the thread [PHOTOS=folder AVATAR=file]
	@$(BIN)/findme demo $(if $(PHOTOS),--photos "$(PHOTOS)") $(if $(AVATAR),--avatar "$(AVATAR)")

run: $(INSTALLED) ## the bot, with the settings of .env
	@$(BIN)/findme serve

playground: $(INSTALLED) ## the bot with a local imitation of Slack, to click through
	@$(BIN)/findme playground

test: $(INSTALLED) ## the whole test suite
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(INSTALLED) ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(INSTALLED) ## lay the code out, mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## the benchmarks: a quarter of an hour
	@$(BIN)/python -m benchmarks

clean: ## drops .venv and what tools left behind, keeps .findme (your data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
