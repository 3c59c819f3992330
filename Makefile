# The door to every habit of this project. `make help` lists it.
.DEFAULT_GOAL := help
CARGO ?= cargo
ORGFOLD = target/debug/orgfold

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## a debug build: quickest from nothing, since optimizing the dependencies takes four times as long
	$(CARGO) build --locked

.PHONY: demo
demo: build ## plans from samples/factory-pulse, then rehearses the plan on a throw-away server
	scripts/demo

.PHONY: test
test: ## every test; with cargo-nextest where it is installed
# One Postgres for all of them; scripts/with-postgres says where it comes from on a fresh machine.
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  scripts/with-postgres $(CARGO) nextest run --locked --no-fail-fast; \
	else \
	  scripts/with-postgres $(CARGO) test --locked --lib --bins --tests; \
	fi
	$(CARGO) test --locked --doc --quiet

.PHONY: kill-test
kill-test: ## kills loads, rollbacks, their sessions and the server at any time: make kill-test [KILLS=200]
	ORGFOLD_KILLS="$(or $(KILLS),200)" $(CARGO) test --locked --test it kills::many -- --ignored --nocapture

.PHONY: test-matrix
test-matrix: ## the tests on each PostgreSQL from 14 to 18 that is here; says which are not
	CARGO="$(CARGO)" scripts/test-matrix

.PHONY: check
check: ## what CI runs: format, lints, docs, tests
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items --quiet
	$(MAKE) test

.PHONY: accept
accept: ## rewrites the golden files; review the difference before you commit it
	INSTA_UPDATE=always INSTA_FORCE_PASS=1 $(CARGO) test --locked --lib --tests

.PHONY: release
release: ## an optimized build in target/release
	$(CARGO) build --locked --release

.PHONY: quality
quality: release ## measures the matcher: make quality DATA=folder of NAME.csv with id,name,cluster_id
	@test -n "$(DATA)" || { echo "usage: make quality DATA=DIR" >&2; exit 2; }
	scripts/quality "$(DATA)"

.PHONY: ablation
ablation: release ## what each comparison is worth, by leaving it out: make ablation DATA=folder as of quality
	@test -n "$(DATA)" || { echo "usage: make ablation DATA=DIR" >&2; exit 2; }
	scripts/ablation "$(DATA)"

.PHONY: bench
bench: ## measures speed, memory and quality by size, and fails if one is worse: make bench [DATA=DIR] [ACCEPT=1]; [CANDIDATES=1]: recall of blocking alone
	DATA="$(DATA)" SIZES="$(SIZES)" ACCEPT="$(ACCEPT)" CANDIDATES="$(CANDIDATES)" scripts/bench

.PHONY: bench-load
bench-load: ## measures loads and rollbacks beside the floor and SQL by hand: make bench-load [SIZE=100000] [TENANTS="1 50"]
	SIZE="$(SIZE)" TENANTS="$(TENANTS)" scripts/bench-load

.PHONY: drift
drift: ## measures what 4 % more contacts move before a load, and fails over .3 %: make drift [DATA=DIR] [SIZES=10000]
	DATA="$(DATA)" SIZES="$(SIZES)" scripts/months drift

.PHONY: year
year: ## measures twelve dumps, each planned, reviewed and loaded: make year [SIZE=10000] [MONTHS=12]
	SIZE="$(SIZE)" MONTHS="$(MONTHS)" scripts/months year

.PHONY: peers
peers: ## measures orgfold beside its peers (installs them with pip): make peers [SIZES="10000 100000"]
	scripts/peers $(SIZES)

.PHONY: clean
clean: ## removes builds and plans
	$(CARGO) clean
	find reports -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
