# Vigil: build, test, demonstrate, install. `make` alone says what there is.
#
# One configuration for everything: the release build is testable, so that `make demo`, `make test` and the fixtures share one build and
# numeric tests run at full speed.

SHELL := /bin/bash
.DEFAULT_GOAL := help

SWIFT ?= swift
# Shared with Tests/run.sh: other flags would be another build.
export SWIFT_BUILD_FLAGS := -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
BUILD := .build/release

PREFIX ?= /usr/local
PYTHON ?= python3
DESTDIR ?=
LIBDIR := $(DESTDIR)$(PREFIX)/lib/vigil
DOCDIR := $(DESTDIR)$(PREFIX)/share/doc/vigil
RULEDIR := $(DESTDIR)$(PREFIX)/share/vigil/rules

# Models of `make bench`, and the Python with its peers: the one of `make bench-peers` if it is there.
BENCH_CACHE ?= $(or $(VIGIL_BENCH_CACHE),$(HOME)/.cache/vigil-bench)
BENCH_PYTHON ?= $(or $(wildcard $(BENCH_CACHE)/venv/bin/python),$(PYTHON))

MINUTES ?= 1
SEED ?= 1

# For example: make demo ARGS='--seed 2 --keep'
ARGS ?=

.PHONY: help build test demo fixtures fuzz bench bench-peers install uninstall format lint clean deps

help: ## what there is to make
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## what Debian lacks: installed by apt as root, else named
	@Tests/deps.sh

build: deps ## the release build
	$(SWIFT) build $(SWIFT_BUILD_FLAGS)

test: deps ## every tier of tests; the last line is `N passed, N failed`
	@Tests/run.sh

demo: build ## the whole loop on this machine, in a few minutes; ARGS='--seed 2 --keep'
	@$(BUILD)/vigil demo $(ARGS)

fixtures: build ## rebuild the committed model, adapter and data (long)
	@Fixtures/build.sh $(abspath $(BUILD)/vigil)

# The same seed tries the same inputs in the same order; what breaks a reader is kept in .build/fuzz-findings.
fuzz: deps ## damaged model files for the readers; MINUTES=60 SEED=2
	$(SWIFT) build $(SWIFT_BUILD_FLAGS) --product vigil-fuzz
	@$(BUILD)/vigil-fuzz --minutes '$(MINUTES)' --seed '$(SEED)'

# An inherited core type would measure another machine than the one at hand. Models and peers are kept outside the repository.
bench: deps ## speeds beside this machine's limits and the peers, in one run; QUICK=1 for under a minute, ARGS='--only scoring --json'
	$(SWIFT) build -c release --package-path Benchmarks >&2
	@cache=$$('$(PYTHON)' Benchmarks/models.py --cache '$(BENCH_CACHE)' $(if $(QUICK),--quick)) && \
	  env -u OPENBLAS_CORETYPE Benchmarks/.build/release/vigil-bench --cache "$$cache" --python '$(BENCH_PYTHON)' $(if $(QUICK),--quick) $(ARGS)

bench-peers: ## installs what make bench compares with, from PyPI, into BENCH_CACHE (llama.cpp is compiled for this CPU)
	@Benchmarks/peers/install.sh '$(PYTHON)' '$(BENCH_CACHE)/venv'

# The program lies with what it needs (its resources, and Swift's run-time libraries, which Debian does not have) in lib/vigil.
install: build ## PREFIX=/usr/local DESTDIR=
	install -d '$(LIBDIR)' '$(DESTDIR)$(PREFIX)/bin' '$(DOCDIR)' '$(RULEDIR)'
	strip -o '$(LIBDIR)/vigil' $(BUILD)/vigil
	chmod 755 '$(LIBDIR)/vigil'
	for bundle in $(BUILD)/*.resources; do [ ! -d "$$bundle" ] || cp -RT "$$bundle" '$(LIBDIR)'/"$${bundle##*/}"; done
	ldd $(BUILD)/vigil | awk '/\/swift\/linux\// {print $$3}' | while read -r library; do install -m 644 "$$library" '$(LIBDIR)/'; done
	ln -sfn ../lib/vigil/vigil '$(DESTDIR)$(PREFIX)/bin/vigil'
	install -m 644 Rules/*.yaml '$(RULEDIR)/'
	for text in README.md ARCHITECTURE.md CHANGELOG.md LICENSE; do [ ! -f "$$text" ] || install -m 644 "$$text" '$(DOCDIR)/'; done
	for kind in system sysusers.d tmpfiles.d; do \
	  case $$kind in system) from=systemd to=lib/systemd/system ;; *) from=systemd/$$kind to=lib/$$kind ;; esac; \
	  install -d '$(DESTDIR)$(PREFIX)'/$$to; \
	  for file in $$from/*.service $$from/*.conf; do \
	    [ ! -f $$file ] || sed 's|/usr/local/|$(PREFIX)/|' $$file | install -m 644 /dev/stdin '$(DESTDIR)$(PREFIX)'/$$to/$${file##*/}; \
	  done; \
	done
	@[ -n '$(DESTDIR)' ] || echo "now: systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload && systemctl enable --now vigil"

uninstall: ## removes what install wrote; configuration and state stay
	rm -rf '$(LIBDIR)' '$(DOCDIR)' '$(DESTDIR)$(PREFIX)/share/vigil'
	rm -f '$(DESTDIR)$(PREFIX)/bin/vigil' '$(DESTDIR)$(PREFIX)/lib/systemd/system/vigil.service'
	rm -f '$(DESTDIR)$(PREFIX)/lib/sysusers.d/vigil.conf' '$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/vigil.conf'

format: ## writes every Swift file as swift format wants it
	$(SWIFT) format -i -r -p Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

lint: ## what swift format would change; fails if it is anything
	$(SWIFT) format lint --strict -r -p Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

clean:
	rm -rf .build Benchmarks/.build
