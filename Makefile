# Everything works in a fresh clone: each target sets up what it needs first. `make` alone lists the
# targets, by the texts after "##".
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

NATIVE_SOURCES := CMakeLists.txt $(shell find shim dispatch counters -type f 2>/dev/null)
CXX_SOURCES := $(shell find shim dispatch counters tests bench -name '*.cpp' -o -name '*.hpp' 2>/dev/null)
PYTHON_SOURCES := noxfile.py python tests bench compat examples scripts

.PHONY: install lint format test test-numpy-compat test-ecosystem demo bench checks long-run \
    memcheck wheel sanitize docs-verify docs-build docs-serve ci clean help

.DEFAULT_GOAL := help
help: ## list the targets
	@sed -nE 's/^([a-z-]+):.* ## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    while IFS='|' read -r target text; do printf '%-26s%s\n' "$$target" "$$text"; done

install: $(VENV)/.installed ## make .venv, build, install the pre-commit hooks

$(VENV)/.tools: pyproject.toml constraints-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip
	$(PIP) install -c constraints-dev.txt numpy click rich \
	    $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"])')
	touch $@

# Built against the tools just installed and in a build folder that is kept, so that a second
# build compiles only what changed.
$(VENV)/.installed: $(VENV)/.tools $(NATIVE_SOURCES) python/flopscope_shim.pth
	PATH="$(abspath $(BIN)):$$PATH" $(PIP) install --no-build-isolation --no-deps -e .
	if [ -z "$${CI:-}" ] && git rev-parse --git-dir >/dev/null 2>&1; then $(BIN)/pre-commit install; fi
	touch $@

lint: install ## check formatting, style and types
	$(if $(CXX_SOURCES),$(BIN)/clang-format --dry-run --Werror $(CXX_SOURCES))
	$(BIN)/ruff check $(wildcard $(PYTHON_SOURCES))
	$(BIN)/ruff format --check $(wildcard $(PYTHON_SOURCES))
	$(BIN)/mypy

format: install ## mend formatting and style
	$(if $(CXX_SOURCES),$(BIN)/clang-format -i $(CXX_SOURCES))
	$(BIN)/ruff check --fix $(wildcard $(PYTHON_SOURCES))
	$(BIN)/ruff format $(wildcard $(PYTHON_SOURCES))

# A part, or in parallel: make test TESTS="-n auto tests/test_budget_limits.py"
test: install ## run the tests; a part: TESTS="-n auto tests/test_report.py"
	$(BIN)/python -m pytest $(TESTS)

# NumPy's own tests without the shim and with it, and a table of both. A part:
#   make test-numpy-compat SUITE=core TESTS="-k sort" COMPAT="--mood every"
SUITE ?= numpy
test-numpy-compat: install ## NumPy's own test suite, without the shim and with it
	$(BIN)/python -m compat --suite $(SUITE) $(COMPAT) -- $(TESTS)

# Needs the packages whose tests they are. Some: SUITES="scipy pandas"; a selection of each:
# COMPAT=--brief
SUITES ?= ecosystem
$(VENV)/.ecosystem: $(VENV)/.tools
	$(PIP) install -c constraints-dev.txt \
	    $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["ecosystem"])')
	touch $@

test-ecosystem: install $(VENV)/.ecosystem ## the suites of SciPy, pandas, scikit-learn and others, likewise
	$(BIN)/python -m compat $(SUITES:%=--suite %) $(COMPAT) -- $(TESTS)

# In a build folder of their own, one for each Python.
CHECKS = build/checks-$(shell $(BIN)/python -c 'import sys; print(sys.implementation.cache_tag)')

checks: $(VENV)/.tools ## build and run the checks of the native code alone
	PATH="$(abspath $(BIN)):$$PATH" cmake -S . -B $(CHECKS) -G Ninja -DFLOPSCOPE_CHECKS=ON \
	    -DPython_EXECUTABLE="$(abspath $(BIN))/python" -DCMAKE_MAKE_PROGRAM="$(abspath $(BIN))/ninja"
	PATH="$(abspath $(BIN)):$$PATH" cmake --build $(CHECKS) --target _checks
	$(BIN)/ctest --test-dir $(CHECKS) --output-on-failure

demo: install ## run the main job on two real programs
	$(BIN)/flopscope run examples/two_layer_network.py
	$(BIN)/flopscope run examples/pca_digits.py

# What every block of a million has to count is checked, and that memory does not grow.
long-run: install ## a hundred million calls
	$(BIN)/python tests/programs/long_run.py 100_000_000 4_000_000

# Options: make bench BENCH="--quick" REMOTE="--quick"
bench: install ## measure what counting costs, and client and server
	status=0; \
	$(BIN)/python -m bench $(BENCH) || status=1; \
	$(BIN)/python -m bench.remote $(REMOTE) || status=1; \
	exit $$status

# AddressSanitizer has to be in the process before Python starts, and libstdc++ beside it, or its
# exception interception aborts. Python itself does not free everything at exit, hence no leak
# check; its own allocator would hide what is wrong with small objects. Memory that is not to be had
# is an error to Python, not the end. In parallel: make sanitize TESTS="-n auto"
SANITIZED := $(VENV)-sanitize
SANITIZERS = LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:suppressions=$(abspath scripts/asan.supp) \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 PYTHONMALLOC=malloc

sanitize: ## the checks, the tests and NumPy's core under AddressSanitizer and UBSan
	$(MAKE) VENV=$(SANITIZED) $(SANITIZED)/.tools
	PATH="$(abspath $(SANITIZED)/bin):$$PATH" $(SANITIZED)/bin/python -m pip --quiet install \
	    --no-build-isolation --no-deps -e . -C build-dir=build/sanitize \
	    -C cmake.build-type=Debug -C cmake.define.FLOPSCOPE_SANITIZE=ON \
	    -C cmake.define.FLOPSCOPE_CHECKS=ON
	$(SANITIZERS) $(SANITIZED)/bin/ctest --test-dir build/sanitize --output-on-failure
	$(SANITIZERS) $(SANITIZED)/bin/python -m pytest $(TESTS)
	$(SANITIZERS) $(SANITIZED)/bin/python -m compat --suite core --results build/sanitize/compat

# Needs valgrind. CPython 3.11 itself reads the digit of a 0 that it has not written, which later
# ones do not; with it, only addresses are checked:
#   make memcheck PYTHON=python3.13 VENV=.venv-3.13
MEMCHECK = --error-exitcode=1 --suppressions=scripts/valgrind.supp \
    $$($(BIN)/python -c 'import sys; print(*["--undef-value-errors=no"][sys.version_info >= (3, 12):])')

memcheck: install ## a short program under valgrind
	PYTHONMALLOC=malloc OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell \
	    valgrind $(MEMCHECK) $(BIN)/python tests/programs/memcheck.py

# For each CPython that is found, in dist/, and tried where there is no compiler.
wheel: $(VENV)/.tools ## wheels for other Linux systems
	$(BIN)/nox -s wheels $(NOX)

# Whether what is generated is as the registry has it.
docs-verify: install ## fail where a generated file is stale
	$(BIN)/python scripts/generate_api_docs.py --verify
	$(BIN)/python scripts/make_client.py --verify

docs-build: install ## build the site into build/site
	$(BIN)/python scripts/generate_api_docs.py --only-site build/docs
	$(BIN)/zensical build --clean --strict

docs-serve: docs-build ## build the site and show it on http://localhost:8000
	$(BIN)/python -m http.server --bind localhost --directory build/site 8000

ci: lint docs-verify checks test docs-build ## what continuous integration runs
	$(MAKE) test-numpy-compat SUITE=core TESTS= COMPAT="--mood every --results build/compat"
	$(MAKE) test-ecosystem TESTS= COMPAT="--brief --results build/compat"

clean: ## remove what was built
	rm -rf build dist .cache $(VENV) $(VENV)-sanitize
