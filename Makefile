# Kemudi: `make demo` shows it, `make check` tests it. Both install what is missing.
# Everything is built by Meson; this file only names the usual ways to call it.
.DEFAULT_GOAL := help
.NOTPARALLEL:

NINJA = ninja -C
QUIET = $(if $(V),,--quiet)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## a simulated company, loaded and served on http://127.0.0.1:8765
	@exec build/release/kemudi demo

build: ## the program, in build/release
	@tools/setup build
	@tools/configure build/release -Doptimization=2 -Ddebug=false
	@$(NINJA) build/release $(QUIET) kemudi

install: build ## into $(DESTDIR)$(PREFIX), /usr/local by default
	@$(NINJA) build/release $(QUIET)
	@meson install -C build/release --no-rebuild --quiet

dev: ## the developer's build, in build/dev: warnings are errors
	@tools/setup build check
	@tools/configure build/dev -Dwerror=true
	@$(NINJA) build/dev $(QUIET)

check: dev ## every test
	@tools/run-tests build/dev

check-full: dev ## every test, the slow and exhaustive ones too, sanitizers, fuzzing, compilers
	@KEMUDI_FULL=1 tools/run-tests build/dev
	@$(MAKE) --no-print-directory asan tsan fuzz compare

compare: ## the same forecasts from every compiler and optimisation
	@tools/setup build check lint
	@tools/compare-builds

asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup build check lint
	@tools/configure build/asan -Dweb=false -Db_sanitize=address,undefined -Db_lundef=false
	@tools/run-tests build/asan

tsan: ## the tests under ThreadSanitizer
	@tools/setup build check lint
	@tools/configure build/tsan -Dweb=false -Db_sanitize=thread -Db_lundef=false
	@tools/run-tests build/tsan

coverage: ## which lines the tests reach: build/coverage/meson-logs/coveragereport
	@tools/setup build check lint
	@tools/configure build/coverage -Dweb=false -Db_coverage=true
	@tools/run-tests build/coverage
	@$(NINJA) build/coverage $(QUIET) coverage-html coverage-text

FUZZ_SECONDS ?= 60
fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@tools/setup build check lint
	@CC=clang tools/configure build/fuzz -Dweb=false -Dfuzz=true -Db_lundef=false
	@$(NINJA) build/fuzz $(QUIET)
	@tools/run-fuzz build/fuzz $(FUZZ_SECONDS)

bench: build ## speed and memory against peers, in one run
	@tools/setup build bench
	@bench/run

docs: build ## the reference as Markdown pages, in build/docs
	@build/release/kemudi docs --out build/docs

lint: ## formatting, static analysis, shell scripts
	@tools/setup build check lint
	@tools/configure build/dev -Dwerror=true
	@tools/lint

format: ## rewrite the C sources in the house's layout
	@tools/sources c | xargs clang-format -i

clean: ## remove what was built (fetched libraries stay)
	@rm -rf build/release build/dev build/asan build/tsan build/coverage build/fuzz build/compare build/bench build/docs

.PHONY: help demo build install dev check check-full asan tsan coverage fuzz compare bench docs lint format clean
