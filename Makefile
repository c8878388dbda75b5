# make env    an environment in .venv with this package (editable), nnU-Net and the tools; VENV=/a/folder for another place
# make test   the test suite, two tests at a time (JOBS=8 for another number)        make lint   style checks
# make demo   the whole way from phantom to scores on a small example
# make clean  removes what builds and tests leave behind; the environment stays
VENV ?= .venv
PYTHON ?= python3
JOBS ?= 2
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.nnunet-spine-installed

.DEFAULT_GOAL := help
.PHONY: help env test lint demo clean

help:
	@sed -n 's/^# \{0,1\}//p;/^VENV/q' Makefile

env: $(INSTALLED)

$(INSTALLED): setup.py pyproject.toml nnunet_spine/discovery/nnunet_spine.pth
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

test: env
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

demo: env
	$(BIN)/nnunet-spine demo

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache
	find nnunet_spine dataset_conversion models trainers tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
