# `make` prints the targets. Only Go is needed to build; `make test` installs the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash

GO       ?= go
FUZZTIME ?= 30s

# internal/e2e starts real programs and listens to real sound: it runs alone, after the others.
PACKAGES = $$($(GO) list ./... | grep -v '/internal/e2e$$')
MODULES  = crm-widget/node_modules/.package-lock.json

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the program, one static file: ./offhook
	CGO_ENABLED=0 $(GO) build -trimpath -o offhook ./cmd/offhook

test: tools lint race histories widget-test e2e ## install what is missing, then run everything (at most 12 minutes on 2 cores)
	@echo "offhook: all tests passed"

lint: ## formatting and go vet
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...

race: ## the Go tests with the race detector, without the end-to-end ones; random histories are short here
	$(GO) test -race -short -p 3 -timeout 10m $(PACKAGES)

histories: ## ten thousand random histories of calls and of the queue, five thousand calls over a bad network, a center's day, without the race detector
	$(GO) test -count=1 -run 'TestHistories|TestInvariants|TestFaultDelayed|TestDayOfAnOffice' ./translator ./translator/dialog ./queue

widget-test: $(MODULES) ## the callbar's tests: units, types, and real browsers
	cd crm-widget && npm test --silent
	cd crm-widget && npm run --silent test:types
	cd crm-widget && npm run --silent test:browser

e2e: $(MODULES) ## the end-to-end tests: sipp, baresip, Chromium and Firefox against the program
	$(GO) test -race -count=1 -timeout 8m ./internal/e2e

long: tools $(MODULES) ## large counts: random histories, floods, fuzzing; an hour or so
	OFFHOOK_LONG=1 $(GO) test -count=1 -timeout 60m $(PACKAGES)
	OFFHOOK_LONG=1 $(GO) test -count=1 -timeout 30m ./internal/e2e
	cd crm-widget && OFFHOOK_LONG=1 npm run --silent test:browser
	$(MAKE) fuzz

fuzz: ## every fuzz target for FUZZTIME (30s)
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

bench: ## the benchmarks, with allocations
	$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

measure: tools ## the figures: set-up times, calls per second, memory per agent, CPU per packet
	OFFHOOK_MEASURE=1 $(GO) test -count=1 -timeout 20m -v -run '^TestMeasure' ./internal/e2e

tools: ## install by apt-get the programs that the tests use, those that are missing
	@.ci/tools

$(MODULES): crm-widget/package-lock.json crm-widget/package.json
	cd crm-widget && npm ci --no-audit --no-fund
	@# the tests want Node.js 20; where the system's is older, npm's scripts find this one first
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || (cd crm-widget && npm install --no-save --no-audit --no-fund node@22)
	@touch $@

.PHONY: help build test lint race histories widget-test e2e long fuzz bench measure tools

interop: tools ## calls through a real Asterisk, set up as docs/asterisk.md says; fetches it once
	root=$$(internal/interop/unpack-asterisk) && OFFHOOK_INTEROP=$$root $(GO) test -count=1 -timeout 10m -v ./internal/interop

.PHONY: interop
