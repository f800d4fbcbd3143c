# posecheck: every target does the set-up that it needs, in .venv, and does it once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv pip install --quiet --python $(BIN)/python

CLIP   ?= sample_videos/standing-hip-side-good.mp4
MOVE   ?= standing-hip
REPORT ?= posecheck-report
JOBS   ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-slow app pictures lint format bench accuracy accuracy-cm setup setup-dev \
        setup-lab model lock system-check clean
.DELETE_ON_ERROR:

help: ## list the targets
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## check a bundled clip and write its report (CLIP=, MOVE=, REPORT=)
	@$(BIN)/posecheck check $(CLIP) --move $(MOVE) --out $(REPORT)
	@echo "Open $(REPORT)/$(basename $(notdir $(CLIP)))/report.html in a browser."

test: setup-dev ## run every test: the fast ones first, then the slow ones (JOBS=)
	@$(MAKE) --no-print-directory test-fast; fast=$$?; \
	 $(MAKE) --no-print-directory test-slow; slow=$$?; \
	 exit $$((fast ? fast : slow))

test-fast: setup-dev ## run only the fast tests
	@$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not browser"

# Slow tests share files by module (a built wheel, a tracked clip), hence one worker a module.
test-slow: setup-dev ## run only the slow tests: real video, builds, a browser
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "slow or browser"

app: setup ## open the web page on this machine only
	@$(BIN)/posecheck app

lint: setup-dev ## check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

pictures: setup-dev ## take the pictures of README and docs anew, every page of the app among them
	@$(BIN)/python docs/make_pictures.py

format: setup-dev ## put style and format right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup-dev ## measure speed and memory against their targets (BENCH=--quick: in minutes)
	@$(BIN)/python -m benchmarks.run $(BENCH)

accuracy: $(if $(SMALL),setup-dev,setup-lab) ## measure errors on bodies with known joints (SMALL=1: the samples only, in minutes; BANDS=1: also renew the ± that posecheck prints)
	@$(BIN)/python -m lab accuracy $(if $(SMALL),--small) $(if $(BANDS),--write-bands)

accuracy-cm: setup-lab ## measure knee-to-wall on rendered people and renew docs/knee-to-wall.md
	@$(BIN)/python -m lab centimetres

model: $(VENV)/stamp-build ## make the pose model anew if it is missing or damaged
	@$(BIN)/python hatch_build.py

# --- set-up ------------------------------------------------------------------------------------

setup: system-check $(VENV)/stamp-project ## install posecheck into .venv
setup-dev: system-check $(VENV)/stamp-project $(VENV)/stamp-dev ## the same with the test tools
setup-lab: setup-dev $(VENV)/stamp-lab ## the same with the motion lab (PyTorch: large)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "posecheck needs Python 3.11 or later, and $(PYTHON) is older: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/stamp-build: requirements-build.lock | $(BIN)/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/stamp-run: requirements.lock $(VENV)/stamp-build
	@$(UV) --require-hashes -r $<
	@touch $@

$(VENV)/stamp-dev: requirements-dev.lock $(VENV)/stamp-run
	@$(UV) --require-hashes -r $<
	@touch $@

# Everything that the build needs is in .venv already, pinned: no second environment for it.
$(VENV)/stamp-project: pyproject.toml hatch_build.py $(VENV)/stamp-run
	@$(UV) --no-deps --no-build-isolation --editable .
	@touch $@

# pip, not uv: it follows this machine's own pip settings, where a smaller PyTorch may be named.
$(VENV)/stamp-lab: pyproject.toml $(VENV)/stamp-dev $(VENV)/stamp-project
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --editable '.[lab]'
	@touch $@

define LIBRARIES
import ctypes
for library, package in ("libGL.so.1", "libgl1"), ("libgthread-2.0.so.0", "libglib2.0-0"):
    try:
        ctypes.CDLL(library)
    except OSError:
        print(end=" " + package)
endef
export LIBRARIES

# OpenCV's wheel needs two libraries of the system that a bare Debian lacks.
system-check: ## tell which system libraries are missing
	@[ "$$(uname -s)" = Linux ] || exit 0; \
	 missing=$$($(PYTHON) -c "$$LIBRARIES"); \
	 [ -z "$$missing" ] || { \
	   echo "OpenCV needs system libraries that are missing. On Debian: sudo apt install$$missing" >&2; \
	   exit 1; }

# Universal: one lock for every system and Python. No addresses: pip and uv know where to look.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UPGRADE)

lock: $(VENV)/stamp-build ## bring the pinned versions in line with pyproject.toml (UPGRADE=--upgrade)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock \
	  --output-file requirements-dev.lock
	@$(COMPILE) --group build --constraint requirements-dev.lock \
	  --output-file requirements-build.lock

clean: ## remove everything that make made
	rm -rf $(VENV) $(REPORT) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f posecheck/estimate/data/*.task
	find posecheck tests benchmarks lab -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
