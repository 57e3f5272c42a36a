# Each target is a thin wrapper: the work is done by TypeScript in app/make/, after infra/local/preflight.mjs has
# installed and built what changed. Variables can be given as `make up HTTP_PORT=4000` or in the environment.

.DEFAULT_GOAL := help
TASK := @node dist/app/make/main.js
BIN := @node_modules/.bin
TSC := @node node_modules/typescript-7/bin/tsc
MANUAL := $(BIN)/vitepress build docs

.PHONY: up demo status env logs down reset test bench faults fuzz docs sbom lint build help

up: PREFLIGHT = up
up: build ## Start everything: servers, topics, schemas, tables, roles; prints the URLs
	$(TASK) up

demo: build ## On a running system: load the demo catalogue and replay real reservations (DEMO_RATE= a second, with loans and returns)
	$(TASK) run dist/app/demo/main.js

status: build ## What runs, and how far each consumer is behind
	$(TASK) status

env: ## The addresses of the running system, for a shell: eval "$(make -s env)"
	@test -f dist/app/make/main.js || { echo "Nothing was started here yet: make up does." >&2; exit 1; }
	$(TASK) env

logs: build ## Follow all logs (Ctrl-C ends it)
	$(TASK) logs

down: build ## Stop everything; the data stay
	$(TASK) down

reset: build ## Stop everything and delete the local data (asks; YES=1 answers)
	$(TASK) reset

test: build ## All tests, on servers of their own
	$(TASK) test

bench: build ## Measure it
	@node dist/bench/run.js

faults: build ## Break everything under load and check every promise (MINUTES=0: each fault once; SEED=)
	$(TASK) run dist/faults/run.js

fuzz: build ## Send requests made from the OpenAPI document, right and wrong ones (MINUTES=, SEED=, HTTP_URL= of a running API)
	@node dist/faults/fuzz/run.js

docs: build ## The manual as a site, in .local/manual (npm run -s manual shows it)
	$(MANUAL)

sbom: ## What is in it: all packages that run, as CycloneDX
	@npm sbom --sbom-format cyclonedx --omit dev

lint: build ## Format, types, boundaries, dead code, packages, generated code, compatibility of schemas; whether the manual builds
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-code lint-rest

.PHONY: lint-code lint-rest
lint-code:
	$(BIN)/oxlint
	$(MANUAL)

lint-rest:
	$(BIN)/oxfmt --check
	$(TSC) --noEmit --incremental false
	$(TSC) -p web
	$(BIN)/depcruise --config .dependency-cruiser.cjs app bench client consumer examples faults infra producer schemas test web/src
	$(BIN)/knip
	@node .ci/packages.mjs
	@node dist/schemas/generate.js --check
	@node dist/schemas/access-page.js --check
	@node dist/app/rights/page.js --check
	@node dist/schemas/events-page.js --check
	@node dist/schemas/asyncapi-bundle.js --check
	@node dist/app/settings-page.js --check
	@node dist/app/roles/metrics-page.js --check
	@node dist/infra/observability/grafana.js --check
	@npm run -s web-types -- --check
	@node .ci/apis.mjs
	@node dist/schemas/compatibility/compatibility.js

build: ## Install packages and compile, where something changed
	@command -v node >/dev/null || { echo "Node.js is not here: install 20.19 or newer (https://nodejs.org), then run make again." >&2; exit 1; }
	@node infra/local/preflight.mjs $(PREFLIGHT)

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
