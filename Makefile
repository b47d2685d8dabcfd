# A fresh Debian machine needs make and python3; the rest is installed by stack.setup (supabase/stack/setup).
PYTHON ?= python3
BIN := .venv/bin
SETUP := PYTHONPATH=supabase PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m stack.setup
CARGO := PATH="/usr/bin:$$PATH" /usr/bin/cargo
CRATE := client/mls_rs_python/Cargo.toml
SCRIPTS := functions supabase client/web tests
SIGTERM := 15

.DEFAULT_GOAL := help
.PHONY: help run test sim fuzz wheel bench clean fmt lint types lint-python lint-typescript lint-rust types-python types-typescript types-stub

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run: ## Set up what is missing, start the whole stack on PORT (8000) with the data in MLS_CHAT_DATA (.data)
	@$(SETUP) run
	@exec $(BIN)/python -IS supabase/stack/tether.py $$PPID $(SIGTERM) -1 -1 $(BIN)/python -m stack

test: ## Check everything: format, lint, types, stubs, then all tests
	@$(SETUP) test
	@status=0; \
	$(MAKE) --no-print-directory --keep-going lint types || status=1; \
	echo "pytest: all tests"; $(BIN)/pytest || status=1; \
	exit $$status

SEEDS ?= 1000
FIRST ?= 0

sim: ## Simulate SEEDS runs of drawn faults from seed FIRST on; a failure is told with the faults that it takes
	@$(SETUP) test
	@PYTHONPATH=tests/support $(BIN)/python -m simulator --seeds $(SEEDS) --first $(FIRST)

RUNS ?= 1000000

fuzz: ## Feed RUNS spoiled inputs of every kind; what fails is told with its kind, its number and its bytes
	@$(SETUP) test
	@PYTHONPATH=tests/support $(BIN)/python -m fuzzing --runs $(RUNS)

wheel: ## Build the binding's wheel for Pyodide into client/mls_rs_python/dist
	@$(SETUP) wheel
	@$(BIN)/python client/mls_rs_python/build_wasm.py

bench: ## Measure the running product in a browser: one JSON object a line
	@$(SETUP) test
	@$(BIN)/python -m tests.bench

clean: ## Remove everything that was built; the data stays
	rm -rf .build .venv node_modules client/mls_rs_python/dist client/mls_rs_python/target
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find client supabase tests -name __pycache__ -type d -prune -exec rm -rf {} +

fmt: ## Format all code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/deno fmt $(SCRIPTS)
	$(CARGO) fmt --manifest-path $(CRATE)

lint: lint-python lint-typescript lint-rust

types: types-python types-typescript types-stub

lint-python:
	@echo "ruff: Python's format and lint"
	@$(BIN)/ruff format --check --quiet && $(BIN)/ruff check --quiet

lint-typescript:
	@echo "deno: TypeScript's format and lint"
	@$(BIN)/deno fmt --check --quiet $(SCRIPTS) && $(BIN)/deno lint --quiet $(SCRIPTS)

lint-rust:
	@echo "cargo: Rust's format and lint"
	@$(CARGO) fmt --check --manifest-path $(CRATE)
	@$(CARGO) clippy --quiet --locked --all-targets --manifest-path $(CRATE) -- -D warnings

types-python:
	@echo "mypy: Python's types"
	@$(BIN)/mypy

types-typescript:
	@echo "deno: TypeScript's types"
	@$(BIN)/deno check --quiet $(SCRIPTS)

types-stub:
	@echo "stubtest: the binding against its stub"
	@$(BIN)/stubtest mls_rs_python
