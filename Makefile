# Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# pip's own settings of the machine are respected; the lock files hold hashes only.
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The tests start many processes, each of which would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-slow test-parity test-locks bench lint format lock clean

help:  ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

demo: $(VENV)/.demo  ## index the demo music, answer a video, two sentences and a song, then serve the page
	@$(BIN)/reelscore demo $(ARGS)

# Files stay together, since their fixtures are shared, and in the order of tests/conftest.py; two processes keep
# the memory of a small machine.
test: $(VENV)/.dev  ## run the tests, in about ten minutes
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: $(VENV)/.dev  ## run the others: browsers in real time, servers that are killed and restarted
	@$(BIN)/python -m pytest -m slow -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-parity: $(VENV)/.parity  ## hold CLAP against transformers and PyTorch
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest tests/parity $(ARGS)

test-locks: $(VENV)/.dev  ## resolve every lock file with its hashes in an empty environment; asks the index
	@REELSCORE_ASK_INDEX=1 $(BIN)/python -m pytest tests/test_locks.py $(ARGS)

bench: $(VENV)/.demo $(VENV)-bench/.ready  ## measure the work beside other libraries; ARGS="--against REF" beside a commit too
	@$(BIN)/python benchmarks/bench.py --peers $(VENV)-bench/bin/python $(ARGS)

lint: $(VENV)/.dev  ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy

format: $(VENV)/.dev  ## format the code and apply the safe fixes
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.dev  ## resolve the lock files anew
	@$(BIN)/python tools/lock.py

clean:  ## remove the environment and the caches
	rm -rf $(VENV) $(VENV)-bench .mypy_cache .ruff_cache .pytest_cache

# A lock file is installed with its hashes checked; the package itself comes last, without asking the
# index for anything: hatchling is in both locks, so no isolated build environment is needed.
$(VENV)/.demo: requirements/demo.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) tools/make_venv.py $(VENV)
	@echo "Installing (once) into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.demo
	@echo "Installing the tools of the tests (once) into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)-bench/.ready: requirements/bench.txt
	@test -x $(VENV)-bench/bin/python || $(PYTHON) tools/make_venv.py $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/bench.txt
	@touch $@

$(VENV)/.parity: requirements/parity.txt requirements/parity-torch.txt $(VENV)/.dev
	@echo "Installing PyTorch and transformers (once) into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/parity.txt
	@$(PIP) install --no-deps -r requirements/parity-torch.txt
	@$(BIN)/python -c "import torch, transformers"
	@touch $@
