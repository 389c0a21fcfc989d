# Every target sets up what it needs first, once. `make help` lists them.

# For make's own and the set-up's sake only; what the tools need is in bootstrap/environment.py.
SHELL = /bin/sh
RUN = @.venv/bin/python -m bootstrap run --
# More for pytest: make test ARGS="-k thumbprint -x"; or what to measure: make bench ARGS=all
ARGS =

.PHONY: help setup demo test test-all check bench lock clean
.DEFAULT_GOAL = help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' Makefile | while IFS='	' read -r target does; do printf 'make %-10s %s\n' "$$target" "$$does"; done

setup: ## install all that is needed below this folder, once
	@PYTHON='$(PYTHON)' sh bootstrap/start.sh

demo: setup ## play the whole story on the loopback sandbox
	$(RUN) python -m demo

test: check ## run every check but the slow ones
	$(RUN) python -m pytest -n auto -m 'not slow' $(ARGS)

test-all: check ## run every check
	$(RUN) python -m bootstrap for-slow-tests
	$(RUN) python -m pytest -n auto --hypothesis-profile=thorough $(ARGS)

check: setup ## lint, formatting, types and locks
	$(RUN) python -m bootstrap check-locks
	$(RUN) ruff check
	$(RUN) ruff format --check --quiet
	$(RUN) mypy

bench: setup ## measure, and print the figures beside their bounds (ARGS=all for those that take minutes too)
	$(RUN) python -m bench $(ARGS)

lock: setup ## write the locks anew from what they lock, and install that (UPGRADE=1 for the newest versions)
	$(RUN) python -m bootstrap lock $(if $(UPGRADE),--upgrade)

clean: ## remove all that set-up, demo and tests made here
	rm -rf .venv node_modules .cache cdktf.out .sandbox *.egg-info
	rm -f environments/demo.yaml $(addprefix environments/certificates/demo-,pan.pem psn-01.pem)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
