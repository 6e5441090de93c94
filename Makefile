# Every command makes .venv itself when it is missing or older than the package lists.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python from 3.11 to 3.13 that runs; `make PYTHON=… lab` takes another.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
LISTS := pyproject.toml constraints.txt
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

.PHONY: help lab test torture demo grade check bench verify clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

lab: .venv/lab  ## JupyterLab on the first lecture
	@$(BIN)/mlcourse lab

demo: .venv/lab  ## a sample class of 30 submissions, graded for real
	@$(BIN)/mlcourse demo

grade: .venv/lab  ## grade what lies in submitted/: make grade ASSIGNMENT=ps6-momentum
	@test -n "$(ASSIGNMENT)" || { echo "make grade: which one? make grade ASSIGNMENT=ps6-momentum"; exit 2; }
	@$(BIN)/mlcourse grade $(ASSIGNMENT)

# Two test processes with two threads of linear algebra each would wait for one another.
test: .venv/dev  ## all tests
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

torture: .venv/dev  ## grading killed at 200 moments, a class of 10,000: an hour or more
	@MLCOURSE_TORTURE=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup \
		tests/test_durability.py tests/test_cluster.py tests/test_postgres.py

check: .venv/dev  ## lint, format, types, notebook hygiene, stale release
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mlcourse hygiene
	@$(BIN)/mlcourse build --check

bench: .venv/verify  ## the README's figures, side by side with PyTorch and nbgrader: 25 minutes
	@$(BIN)/python benchmarks/training.py
	@$(BIN)/python benchmarks/grading.py

verify: .venv/verify  ## run the official libraries and compare with what was recorded
	@PYTHONPATH=tests $(BIN)/python -m official.record --compare

clean:  ## remove .venv and everything that is generated
	rm -rf .venv .mlcourse *.egg-info .pytest_cache .mypy_cache .ruff_cache

.venv/python: ## the environment itself
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 to 3.13 found: install one, or name it: make PYTHON=/path/to/python3.12 lab"; exit 2; }
	@echo "Making .venv with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv .venv || { echo "Python has no venv module; on Debian or Ubuntu: apt install python3-venv"; exit 2; }
	@touch $@

.venv/lab: .venv/python $(LISTS)
	@$(PIP) -e '.[lab,grade]' && touch $@

.venv/dev: .venv/lab
	@$(PIP) -e '.[lab,grade,dev]' && touch $@

.venv/verify: .venv/dev
	@$(PIP) -e '.[lab,grade,dev,verify]' && touch $@
