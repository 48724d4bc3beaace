# Everything has its own set-up: `make run` and `make test` work on a fresh checkout and can be repeated.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Node 24 comes from the platform package in node_modules; npm itself may be run by Node 20 or later.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.package-lock.json
BUNDLE := dist/bundle.tar.gz
NODE := node --disable-warning=ExperimentalWarning

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: install build certs ## Install, build the policies, make certificates and start the server
	@$(NODE) src/main.ts serve --policies $(BUNDLE) --drain 0 --try test/fixtures/reviews/privileged-pod.json

.PHONY: test
test: install ## Everything that finishes within 10 minutes
	@$(NODE) test/run.ts fast

.PHONY: test-slow
test-slow: install ## The rest: comparison with kubectl, installation, fuzzing, the life of a running server
	@$(NODE) test/run.ts slow

.PHONY: build
build: install ## Compile the policies into dist/bundle.tar.gz (obtains OPA if need be)
	@$(NODE) src/main.ts build --out $(BUNDLE)

.PHONY: certs
certs: install ## Make or renew the development certificates in certs/dev
	@$(NODE) certs/development.ts

.PHONY: cluster
cluster: install ## A local Kubernetes control plane until Ctrl-C (builds it the first time, with Go: some minutes)
	@$(NODE) test/cluster/main.ts

.PHONY: kind
kind: install ## The image and the manifests in a cluster of kind, under the end-to-end tests (needs Docker and kind)
	@$(NODE) test/kind/main.ts

.PHONY: bench
bench: install ## Measure side by side with the peers: BENCH="server eval loop rss start", ARGS="--long --json FILE"
	@$(NODE) bench/server.ts $(ARGS)

.PHONY: docs
docs: install ## Write the generated pages under docs/ anew
	@$(NODE) src/main.ts docs
	@$(NODE) image/main.ts docker

.PHONY: format
format: install ## Format everything
	@npm run --silent format

.PHONY: install
install: $(INSTALLED) ## Install the packages of the lock file

$(INSTALLED): package.json package-lock.json .npmrc
	@node node-version.mjs npm
	@echo "Installing packages (about a minute the first time) ..."
	@npm install --no-fund --no-audit --loglevel=error
	@touch $(INSTALLED)
	@node node-version.mjs

.PHONY: clean
clean: ## Remove what was built and installed in this folder (caches: see the README)
	rm -rf node_modules dist coverage certs/dev
