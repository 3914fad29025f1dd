.DEFAULT_GOAL := help
.PHONY: help run test lint bench soak clean install install-dev

PYTHON ?= $(shell for each in python3.11 python3; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST))

run: install  ## Start everything on this machine; Ctrl-C stops it
	@$(BIN)/python manage.py run

# Two files at a time, each with servers of its own.
test: install-dev  ## Run every test except the long ones
	@$(BIN)/python -m deploy.browser
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadfile --no-loadscope-reorder

lint: install-dev  ## Check style, types and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_imports.py

bench: install-dev  ## Measure speed and write the results to benchmarks/
	$(BIN)/python -m benchmarks

soak: install-dev  ## Run the long tests
	@$(BIN)/python -m deploy.browser
	$(BIN)/python -m pytest -m soak

clean:  ## Remove the packages and caches; the data in .meatlab stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A copy of each requirements file in .venv tells what is installed already.
install: $(BIN)/python
	@cmp -s requirements.txt .venv/requirements.txt || { \
		echo "Installing the packages, once; this takes some minutes ..."; \
		$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt && cp requirements.txt .venv/; }

install-dev: install
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || { \
		$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt && cp requirements-dev.txt .venv/; }

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Meatlab needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "This Python cannot make virtual environments: install its venv module (Debian: python3.11-venv)"; exit 1; }
