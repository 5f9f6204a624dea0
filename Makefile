# The whole of the developer's commands. Needed: Go, git, make and a C compiler (for the race detector).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
ARGS ?=
FUZZTIME ?= 30s
TEST_FUZZTIME ?= 0s
BENCH ?= .
BENCHCOUNT ?= 1
BENCH_PACKAGES ?= ./cmd/handoff
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help run test bench lint audit fuzz screenshots

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the demo on the embedded Redis; ARGS="--help" shows its options
	$(GO) run ./cmd/handoff demo $(ARGS)

test: ## everything: format, vet, tests with -race in random order, proofs; TEST_FUZZTIME=5s fuzzes as well
	@GO="$(GO)" TEST_FUZZTIME="$(TEST_FUZZTIME)" .ci/test

bench: ## benchmarks against one redis-server in the same run; BENCH=<regexp> BENCHCOUNT=<n>
	@.ci/need redis-server=redis-server
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(BENCHCOUNT) -timeout 60m $(BENCH_PACKAGES)

screenshots: ## pictures of every page into docs/img: desktop and phone, light and dark
	@.ci/need redis-server=redis-server chromium=chromium
	$(GO) test -count=1 -run 'FitsEveryView$$' ./cmd/handoff -screenshots

lint: ## golangci-lint at a pinned version, built on first use
	$(GO) run $(GOLANGCI_LINT) run ./...

audit: ## known faults of libraries, staticcheck and gosec; exit code 2: the database of faults cannot be reached
	@GO="$(GO)" GOLANGCI_LINT="$(GOLANGCI_LINT)" .ci/audit

fuzz: ## every fuzz target for FUZZTIME (30s) each
	@GO="$(GO)" .ci/fuzz "$(FUZZTIME)"
