# zoom-avant: everything a newcomer needs. Each target runs a script of scripts/, which can be read and run alone.
# Nothing is installed outside the checkout: the virtual environment is .venv.

VENV ?= .venv
DEMO_OUT ?= demo-output
export VENV

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test check docs lock clean distclean

help: ## this list
	@echo "zoom-avant: trends, ruptures and weak signals in news, patents, funding and papers"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: ## make .venv and install the program (exact versions, hashes checked)
	@sh scripts/install run

install-dev:
	@sh scripts/install dev

demo: install ## replay the bundled corpus through the whole pipeline and show what it found
	@echo "==> demo: 26 weeks of invented news, collected, read, grouped, assessed; results in $(DEMO_OUT)"
	@started=$$(date +%s); \
	$(VENV)/bin/zoom-avant demo --out $(DEMO_OUT) && \
	echo "==> demo done in $$(($$(date +%s) - started)) s"

test: install-dev ## run every test (ARGS="tests/unit -k momentum" for some)
	@sh scripts/test $(ARGS)

check: install-dev ## format, lint, types, architecture
	@sh scripts/check

docs: ## build the documentation into docs/_build/html
	@sh scripts/install docs
	@sh scripts/docs

lock: ## for maintainers: make the lock files anew (needs uv; ARGS=--upgrade for newer versions)
	@sh scripts/lock $(ARGS)

clean: ## remove what builds, tests and the demo left
	rm -rf build dist $(DEMO_OUT) docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## clean, and remove .venv
	rm -rf $(VENV)
