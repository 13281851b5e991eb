# `make demo` shows the whole way; `make test` runs every test. Both install what they need into this folder.

PYTHON ?= python3
CARGO ?= cargo

.PHONY: setup build test chaos nightly-faults demo bench clean

setup: .venv/.installed .venv-moto/.installed .venv-readers/.installed \
	tests/appsync/node_modules/.installed tests/browser/node_modules/.installed tests/readers/node_modules/.installed

.venv/.installed: requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv-moto/.installed: requirements-moto.txt
	$(PYTHON) -m venv .venv-moto
	.venv-moto/bin/pip install --quiet --disable-pip-version-check -r requirements-moto.txt
	touch $@

.venv-readers/.installed: requirements-readers.txt
	$(PYTHON) -m venv .venv-readers
	.venv-readers/bin/pip install --quiet --disable-pip-version-check -r requirements-readers.txt
	touch $@

tests/appsync/node_modules/.installed: tests/appsync/package.json tests/appsync/package-lock.json
	npm ci --prefix tests/appsync --ignore-scripts --no-audit --no-fund
	touch $@

tests/readers/node_modules/.installed: tests/readers/package.json tests/readers/package-lock.json
	npm ci --prefix tests/readers --ignore-scripts --no-audit --no-fund
	touch $@

tests/browser/node_modules/.installed: tests/browser/package.json tests/browser/package-lock.json
	npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund
	touch $@

build:
	$(CARGO) build --locked

test: setup
	$(CARGO) test --workspace --features testing --locked

# Each call of an apply and of a destroy with each fault; `make test` has one fault for each call.
nightly-faults: setup
	RECON_FAULTS=all $(CARGO) test --workspace --features testing --locked --test main -- guide::faults --nocapture

# For the night: ten thousand random stories, and every pair of crashes. See docs/chaos.md.
RUNS ?= 10000
SEED ?= $(shell date +%Y%m%d)

chaos:
	RECON_CHAOS_RUNS=$(RUNS) RECON_CHAOS_SEED=$(SEED) \
		$(CARGO) test --features testing --locked --test main -- chaos --nocapture

demo: .venv/.installed tests/appsync/node_modules/.installed build
	bash examples/demo.sh

# Speed: functions by themselves, whole commands beside Terraform where it is installed, and the guide's calls. The first
# builds target/release/recon along with the benches.
bench: .venv/.installed
	$(CARGO) bench --locked
	$(PYTHON) benches/compare.py
	$(PYTHON) benches/guide.py target/release/recon

clean:
	rm -rf target .venv .venv-moto .venv-readers run
	rm -rf tests/appsync/node_modules tests/browser/node_modules tests/readers/node_modules
