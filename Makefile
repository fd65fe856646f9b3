# Everything works in a fresh clone: each target sets up what it needs first.
#   make demo       run the main job on a real program
#   make test       build and run the tests
#   make bench      measure what counting costs
#   make checks     build and run the checks of the native code alone
#   make test-numpy-compat   NumPy's own test suite, without the shim and with it
#   make test-ecosystem      the suites of SciPy, pandas, scikit-learn and others, likewise
#   make long-run   a hundred million calls
#   make memcheck   a short program under valgrind
#   make wheel      wheels for other Linux systems
#   make sanitize   the checks and the tests under AddressSanitizer and UBSan
#   make ci         what continuous integration runs: lint, checks, tests, some of the suites of others
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
    memcheck wheel sanitize ci clean

install: $(VENV)/.installed

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

lint: install
	$(if $(CXX_SOURCES),$(BIN)/clang-format --dry-run --Werror $(CXX_SOURCES))
	$(BIN)/ruff check $(wildcard $(PYTHON_SOURCES))
	$(BIN)/ruff format --check $(wildcard $(PYTHON_SOURCES))
	$(BIN)/mypy

format: install
	$(if $(CXX_SOURCES),$(BIN)/clang-format -i $(CXX_SOURCES))
	$(BIN)/ruff check --fix $(wildcard $(PYTHON_SOURCES))
	$(BIN)/ruff format $(wildcard $(PYTHON_SOURCES))

# A part, or in parallel: make test TESTS="-n auto tests/test_budget_limits.py"
test: install
	$(BIN)/python -m pytest $(TESTS)

# NumPy's own tests without the shim and with it, and a table of both. A part:
#   make test-numpy-compat SUITE=core TESTS="-k sort" COMPAT="--mood every"
SUITE ?= numpy
test-numpy-compat: install
	$(BIN)/python -m compat --suite $(SUITE) $(COMPAT) -- $(TESTS)

# Needs the packages whose tests they are. Some: SUITES="scipy pandas"; a selection of each:
# COMPAT=--brief
SUITES ?= ecosystem
$(VENV)/.ecosystem: $(VENV)/.tools
	$(PIP) install -c constraints-dev.txt \
	    $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["ecosystem"])')
	touch $@

test-ecosystem: install $(VENV)/.ecosystem
	$(BIN)/python -m compat $(SUITES:%=--suite %) $(COMPAT) -- $(TESTS)

# In a build folder of their own, one for each Python.
CHECKS = build/checks-$(shell $(BIN)/python -c 'import sys; print(sys.implementation.cache_tag)')

checks: $(VENV)/.tools
	PATH="$(abspath $(BIN)):$$PATH" cmake -S . -B $(CHECKS) -G Ninja -DFLOPSCOPE_CHECKS=ON \
	    -DPython_EXECUTABLE="$(abspath $(BIN))/python" -DCMAKE_MAKE_PROGRAM="$(abspath $(BIN))/ninja"
	PATH="$(abspath $(BIN)):$$PATH" cmake --build $(CHECKS) --target _checks
	$(BIN)/ctest --test-dir $(CHECKS) --output-on-failure

demo: install
	$(BIN)/flopscope run examples/two_layer_network.py
	$(BIN)/flopscope run examples/pca_digits.py

# What every block of a million has to count is checked, and that memory does not grow.
long-run: install
	$(BIN)/python tests/programs/long_run.py 100_000_000

# Options: make bench BENCH="--quick"
bench: install
	$(BIN)/python -m bench $(BENCH)

# AddressSanitizer has to be in the process before Python starts, and libstdc++ beside it, or its
# exception interception aborts. Python itself does not free everything at exit, hence no leak
# check; its own allocator would hide what is wrong with small objects. Memory that is not to be had
# is an error to Python, not the end.
# NumPy's tests under it: make sanitize TESTS="-p flopscope.pytest_shim --pyargs numpy.linalg"
SANITIZED := $(VENV)-sanitize
SANITIZERS = LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    PYTHONMALLOC=malloc

sanitize:
	$(MAKE) VENV=$(SANITIZED) $(SANITIZED)/.tools
	PATH="$(abspath $(SANITIZED)/bin):$$PATH" $(SANITIZED)/bin/python -m pip --quiet install \
	    --no-build-isolation --no-deps -e . -C build-dir=build/sanitize \
	    -C cmake.build-type=Debug -C cmake.define.FLOPSCOPE_SANITIZE=ON \
	    -C cmake.define.FLOPSCOPE_CHECKS=ON
	$(SANITIZERS) $(SANITIZED)/bin/ctest --test-dir build/sanitize --output-on-failure
	$(SANITIZERS) $(SANITIZED)/bin/python -m pytest $(TESTS)

# Needs valgrind. CPython 3.11 itself reads the digit of a 0 that it has not written, which later
# ones do not; with it, only addresses are checked:
#   make memcheck PYTHON=python3.13 VENV=.venv-3.13
MEMCHECK = --error-exitcode=1 --suppressions=scripts/valgrind.supp \
    $$($(BIN)/python -c 'import sys; print(*["--undef-value-errors=no"][sys.version_info >= (3, 12):])')

memcheck: install
	PYTHONMALLOC=malloc OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell \
	    valgrind $(MEMCHECK) $(BIN)/python tests/programs/memcheck.py

# For each CPython that is found, in dist/, and tried where there is no compiler.
wheel: $(VENV)/.tools
	$(BIN)/nox -s wheels $(NOX)

ci: lint checks test
	$(MAKE) test-numpy-compat SUITE=core TESTS= COMPAT="--mood every --results build/compat"
	$(MAKE) test-ecosystem TESTS= COMPAT="--brief --results build/compat"

clean:
	rm -rf build dist $(VENV) $(VENV)-sanitize
