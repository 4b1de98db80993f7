# Everything that a newcomer or CI types. `make` alone lists the targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
HOST   ?= 127.0.0.1
PORT   ?= 8000
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup serve test check format bench evals clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## create the environment and build the index of the bundled guidance
	@$(BIN)/handrail corpora index

serve: setup ## set up what is missing, then serve on HOST:PORT
	@$(BIN)/handrail serve --host $(HOST) --port $(PORT)

test: $(STAMP) ## install what is missing, then run the tests
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: $(STAMP) ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(STAMP) ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup ## time the gate on this machine
	@$(BIN)/handrail bench gate

evals: setup ## run a subset of the scenarios and say what broke, as CI does; `handrail eval run` runs all
	@$(BIN)/handrail eval run --fast --output var/eval-fast && $(BIN)/handrail eval gate var/eval-fast

clean: ## remove the environment and all state
	rm -rf $(VENV) var

# pip and not uv or poetry: only pip is sure to take the CPU build of the pinned torch.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Handrail needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)
