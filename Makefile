# make help lists the targets.

GO       ?= go
# Versions of tools that are run, not linked. Update them here; conformance/tools_test.go reads them too.
GOLANGCI := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
OASDIFF  := $(GO) run github.com/oasdiff/oasdiff@v1.36.0
ACTIONLINT := $(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
OGEN     := $(GO) run github.com/ogen-go/ogen/cmd/ogen@v1.24.0
FUZZTIME ?= 30s
# Redocly's command sends usage data by default.
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

# The race detector needs a C compiler.
HAS_CC := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo yes)
ifeq ($(HAS_CC),yes)
  RACE := -race
  CGO  := CGO_ENABLED=1
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check check-any-day check-generated check-tidy check-breaking check-ogen check-vacuum check-fips check-node check-books check-page check-deploy check-s3 check-dataset check-reproducible check-vulnerabilities generate docs dist bench bench-peers fuzz mutants live chaos lint cover proof

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Show the main job against the simulator; no key needed
	@$(GO) run ./cmd/payreports demo

test: ## Vet the code, and run all tests with the race detector
ifneq ($(HAS_CC),yes)
	@echo "No C compiler found: running the tests without the race detector."
endif
	$(GO) vet ./...
	$(CGO) $(GO) test $(RACE) -shuffle=on ./...

# check-generated isn't among these, because test runs its tests.
check: check-tidy lint check-breaking check-ogen check-vacuum check-fips check-node check-books check-page check-deploy check-s3 check-dataset check-reproducible ## Run the checks that CI runs in addition to the tests
	@$(MAKE) --no-print-directory check-any-day
	@$(MAKE) --no-print-directory chaos CHAOS=short

# One time is before the simulator's merchant is paid out at 12:00, on the last day of a month. At the other it is March already where the tests run.
ANY_DAY := $(GO) test -short -count=1 -skip '^(TestReadmeCommands|TestReadmePrograms|TestImports|TestPublishedFormsSayTheSame)$$' ./...
check-any-day: ## Run the tests at other times, without those that only compile
	$(GO) run ./internal/laterday -at 2027-03-31T10:30:00Z -- $(ANY_DAY)
	TZ=Pacific/Kiritimati $(GO) run ./internal/laterday -at 2028-02-29T23:30:00Z -- $(ANY_DAY)

check-breaking: ## Check that openapi.yaml doesn't break clients of the last release
	$(GO) test -count=1 -v -tags tools -run TestToolsOasdiff ./conformance

check-ogen: ## Check that the code of another Go generator (ogen) compiles
	$(GO) test -count=1 -tags tools -run TestToolsOgen ./conformance

check-fips: ## Test signing, the client, the simulator and the demo in FIPS 140 mode
	GODEBUG=fips140=only $(GO) test -count=1 ./signing . ./simulator
	GODEBUG=fips140=only $(GO) test -count=1 -run 'TestDemo|TestFIPS' ./cmd/payreports

check-deploy: ## Check the files of deploy with systemd and the types of Kubernetes
	@command -v systemd-analyze >/dev/null 2>&1 || echo "SKIPPED: systemd-analyze is missing, so it didn't read the units of deploy/systemd."
	cd deploy/check && $(GO) vet . && $(GO) test -count=1 .

HAS_BOOKKEEPERS := $(shell command -v hledger >/dev/null 2>&1 && command -v ledger >/dev/null 2>&1 && command -v bean-check >/dev/null 2>&1 && command -v bean-query >/dev/null 2>&1 && echo yes)

check-books: ## Check a year's bookings with hledger, Ledger and Beancount
ifeq ($(HAS_BOOKKEEPERS),yes)
	$(GO) test -count=1 -tags books -run Books ./conformance
else
	@echo "SKIPPED: hledger, ledger or beancount is missing (they are packages of Debian), so the journals weren't checked."
endif

HAS_NODE := $(shell command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && echo yes)

# RELEASE=full builds everything twice, with a build cache for each: it takes some 20 minutes.
RELEASE ?= short
RELEASE_TOOLS := dpkg rpm man bash zsh fish
check-reproducible: ## Build a release twice in two folders, compare every byte, and install it
	@for tool in $(RELEASE_TOOLS); do command -v $$tool >/dev/null 2>&1 || echo "SKIPPED: $$tool is missing, so it didn't read its part of the release."; done
	cd internal/release && $(GO) vet . && PAYREPORTS_RELEASE=$(RELEASE) $(GO) test -count=1 -timeout 60m .

# Not part of check: what it finds depends on the day, and it needs the network.
GOVULNDB ?= https://vuln.go.dev
check-vulnerabilities: ## Look for known vulnerabilities in what is called; needs vuln.go.dev, or a copy at GOVULNDB
	@output=$$($(GOVULNCHECK) -db $(GOVULNDB) ./... 2>&1) && code=0 || code=$$?; echo "$$output"; \
	case "$$code $$output" in \
	"0 "* | *"exit status 3") ;; \
	*) echo "NOT CHECKED: govulncheck didn't finish. Can it reach its database, $(GOVULNDB)?" ;; \
	esac; exit $$code

check-node: docs ## Lint the spec; test the Node SDK, the TypeScript client and Prism
ifeq ($(HAS_NODE),yes)
	cd clients/typescript && npm ci --silent --ignore-scripts
	$(GO) test -count=1 -tags node -run Node ./conformance
else
	@echo "SKIPPED: node or npm is missing. Redocly and Spectral didn't lint the spec and the workflows, and the tests with the"
	@echo "official Node SDK, the TypeScript client and Prism didn't run."
endif

HAS_CHROMIUM := $(shell for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && echo yes && break; done)

check-page: docs ## Open a year's page of statement in Chromium, check it with axe, print it
ifeq ($(HAS_NODE)$(HAS_CHROMIUM),yesyes)
	$(GO) test -count=1 -tags page -run TestPage ./conformance
else
	@echo "SKIPPED: node, npm or chromium is missing (they are packages of Debian), so no browser opened the page of statement."
endif

check-s3: ## Test sync to a real S3 server: killed runs, two at once, failing storage
	$(GO) test -count=1 -tags s3 -run TestS3 ./conformance

check-dataset: docs ## Check the data set, on disk and from a real S3 server, with DuckDB
ifeq ($(HAS_NODE),yes)
	$(GO) test -count=1 -tags duckdb -run TestDataSet ./conformance
else
	@echo "SKIPPED: node or npm is missing, so DuckDB didn't read the data set."
endif

check-vacuum: ## Check that vacuum scores openapi.yaml 100 out of 100
	$(GO) test -count=1 -tags tools -run TestToolsVacuum ./conformance

check-generated: ## Check that code, client, simulator and samples match openapi.yaml, as test does too
	$(GO) test -run 'TestGeneratedCode|TestSpec|CarriedThrough|TestValidSamples|TestExamples|TestSimulatorAnswers|TestLinks|TestArazzo|TestRefused|TestExchangesOfClientAndSimulator' ./conformance

check-tidy: ## Check that go.mod is tidy
	$(GO) mod tidy -diff

lint: ## Lint, check the format, and vet for Windows, macOS and all build tags, and lint the workflows
	$(GO) vet -tags node,peers,live,big,books,page,s3,duckdb,tools ./...
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet $$($(GO) list ./... | grep -vE '/(cmd/payreports|dataset|mirror/bucket)$$') # those need the clouds' SDKs compiled; make dist builds them
	$(GOLANGCI) run ./...
	$(GOLANGCI) fmt --diff ./...
	$(ACTIONLINT) .github/workflows/*.yml

generate: ## Generate package api from openapi.yaml
	$(GO) generate ./...

docs: ## Write the spec to dist/: a page, OpenAPI 3.0 and 3.1, dereferenced, and what has changed
	mkdir -p dist
	$(GO) build -o dist/payreports ./cmd/payreports
	@set -e; for form in ":" "-dereferenced:--dereferenced" "-3.1:--openapi 3.1" "-3.1-dereferenced:--openapi 3.1 --dereferenced"; do \
	  name=dist/openapi$${form%%:*}; flags=$${form#*:}; \
	  dist/payreports spec $$flags > $$name.yaml; \
	  dist/payreports spec $$flags --output json > $$name.json; \
	done
	@rm dist/payreports
	cp EXTENSIONS.md dist/
	@tag=$$(git describe --tags --abbrev=0 --exclude '*-*' HEAD^ 2>/dev/null || true); \
	if [ "$$(git rev-parse --is-shallow-repository 2>/dev/null)" != false ]; then \
	  echo "This was made without the history, which says what the last release is." > dist/openapi-changelog.md; \
	elif [ -z "$$tag" ]; then \
	  echo "There is no release yet, so there are no changes to describe." > dist/openapi-changelog.md; \
	else \
	  $(OASDIFF) changelog --format markup $$tag:openapi.yaml openapi.yaml > dist/openapi-changelog.md; \
	fi
ifeq ($(HAS_NODE),yes)
	cd conformance && npm ci --silent --ignore-scripts
	cd conformance && node node/page.cjs ../openapi.yaml ../dist/openapi.html
else
	@echo "SKIPPED: node or npm is missing, so dist/openapi.html was not written."
endif

dist: ## Build everything that is published, in dist/, from the commit that is checked out
	@rm -rf dist
	@$(MAKE) --no-print-directory docs
ifeq ($(HAS_NODE),yes)
	cd clients/typescript && npm ci --silent --ignore-scripts && npm pack --silent --pack-destination ../../dist
else
	@echo "SKIPPED: node or npm is missing, so the TypeScript client was not packed."
endif
	cd internal/release && $(GO) run .

proof: docs ## Run all comparisons with what others have written, and write a table of them to dist/proof.md
ifeq ($(HAS_NODE),yes)
	cd clients/typescript && npm ci --silent --ignore-scripts
endif
	$(GO) run ./internal/proof -to dist/proof.md

bench: ## Run the benchmarks; compare results within one run only
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-peers: ## Compare the performance with the official Node SDK
ifeq ($(HAS_NODE),yes)
	cd conformance && npm ci --silent --ignore-scripts
	$(GO) test -count=1 -timeout 30m -v -tags peers -run TestPeers ./conformance
else
	@echo "SKIPPED: node or npm is missing, so there is no official Node SDK to compare with."
endif

MUTANTS ?= 100
mutants: ## Make MUTANTS small changes, and list those that no test notices
	$(GO) run ./internal/mutants -n $(MUTANTS)

fuzz: ## Run each fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "== $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$package; \
	  done; \
	done

live: ## Test open questions against the real service; needs sandbox keys in AMAZON_PAY_…
	$(GO) test -count=1 -v -timeout 30m -tags live -run TestLive ./conformance

CHAOS ?= long
chaos: ## Test under heavy faults, and with requests generated from the spec
	PAYREPORTS_CHAOS=$(CHAOS) $(CGO) $(GO) test $(RACE) -count=1 -timeout 25m -run 'Chaos|Load' . ./simulator ./cmd/payreports ./conformance
ifeq ($(CHAOS),long)
	$(GO) test -count=1 -timeout 25m -v -tags big -run TestChaosBig . ./conformance
endif

COVER := $(CURDIR)/dist/cover
cover: ## Show the test coverage of each package; fail below 90 %
	@rm -rf $(COVER) && mkdir -p $(COVER)
	$(GO) test -count=1 -coverpkg=$$($(GO) list ./... | grep -Ev '/(api|conformance|internal/compared|internal/laterday|internal/mutants|internal/proof)$$' | paste -sd, -) ./... -args -test.gocoverdir=$(COVER) >$(COVER)/log || (cat $(COVER)/log; exit 1)
	@$(GO) tool covdata percent -i=$(COVER) | grep -Ev "/(api|conformance|internal/compared|internal/laterday|internal/mutants|internal/proof)	" | sort | awk '{ print } $$3 + 0 < 90 { low = low " " $$1 } END { if (low) { print "Less than 90 %:" low; exit 1 } }'
	@rm -rf $(COVER)
