# The course on a machine with Python 3.11–3.13, git and make. `make` alone says what there is.
# Every target sets up what it needs; the second time, that takes no time.

UV     := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
READY  := .venv/.ready
RUN    := .venv/bin
RIVALS := .cache/bench
NEXT   := .cache/zensical
HUB    := .cache/hub
AUDIT  := .cache/audit
LISTED := '^ [-+~] '  # uv's list of packages: 190 lines that nobody reads

.PHONY: help setup lab test nightly demo site serve bench audit auditors hub lint lock mutants sandbox browser clean

help:
	@echo "make lab     open the course in JupyterLab (DIR=… puts your own copy elsewhere)"
	@echo "make site    build the course's site into site/   (make serve: and watch it)"
	@echo "make demo    grade a sample class: gradebook, feedback pages, grades.csv"
	@echo "make test    run every check and every test (some minutes)"
	@echo "make nightly run what takes longer, too: each near miss, each lesson twice, fifty kills, Zensical"
	@echo "make bench   measure grading beside nbgrader and others (BENCH=full: up to 5,000; BENCH=quick: a trial)"
	@echo "make audit   rate the site: Lighthouse on ten pages, axe on every one (needs Node.js with npm)"
	@echo "make hub     set up JupyterHub for deploy/: learners hand in by nbgrader's exchange (needs Node.js with npm)"
	@echo "make mutants break the worked answers in small ways; do the tests notice? (NAME=… tries one exercise)"
	@echo "make lint    style, types, and who may import whom"
	@echo "make lock    renew requirements.lock after a change of pyproject.toml"

# Where PYTHONDONTWRITEBYTECODE is set, as in most containers, each command would compile all of it again.
COMPILE := $(RUN)/python -m compileall -q

lab: $(READY)
	@$(RUN)/course lab $(if $(DIR),--dir "$(DIR)")

demo: $(READY) sandbox
	@$(RUN)/course demo

site: $(READY)
	@$(RUN)/course site

serve: $(READY)
	@$(RUN)/course site --serve

# Three processes on two processors: most tests wait for something. What is sensitive to others of its kind (kernels and
# browsers, marked `alone`; kills; the site) stays in one process, the rest is given out file by file (tests/support/dividing.py).
# What failed beside others is tried alone, once.
TESTS := -n 3 --dist loadfile --no-loadscope-reorder

test: $(READY) sandbox browser lint
	@$(COMPILE) course timetravel autograder tests
	@$(RUN)/pytest $(TESTS) -m "not nightly" || { [ $$? = 1 ] && $(AGAIN); }

AGAIN := echo "What failed, again, one after the other and alone:" && $(RUN)/pytest --second-try

# Everything there is. Each part is run, whatever became of those before; the last lines say what did.
nightly: $(READY) $(NEXT)/.ready sandbox browser auditors hub lint
	@failed=""; \
	  $(RUN)/pytest $(TESTS) || { [ $$? = 1 ] && $(AGAIN); } || failed="$$failed tests"; \
	  $(RUN)/course verify --draws 3 || failed="$$failed verify"; \
	  $(RUN)/course mutants || failed="$$failed mutants"; \
	  $(RUN)/course mutants --right --most 8 || failed="$$failed mutants-of-alternatives"; \
	  $(RUN)/python benchmarks/check_latency.py --calls 10 || failed="$$failed latency"; \
	  audited="the site's audit"; if [ -e $(AUDIT)/.ready ]; then $(RUN)/python -m benchmarks.audit || failed="$$failed audit"; \
	  else audited="NOT the site's audit (see above: npm)"; fi; \
	  echo; if [ -z "$$failed" ]; then echo "Nightly: the tests, course verify, the mutants, the latencies and $$audited: all well."; \
	  else echo "Nightly: failed:$$failed"; exit 1; fi

lint: $(READY)
	@$(RUN)/ruff check --quiet .
	@$(RUN)/ruff format --check --quiet . || { echo "Run $(RUN)/ruff format, then again."; exit 1; }
	@$(RUN)/pyright
	@mkdir -p .cache && $(RUN)/lint-imports --no-logo --cache-dir .cache/imports >.cache/imports.log || { cat .cache/imports.log; exit 1; }
	@$(RUN)/course build --check

mutants: $(READY) sandbox
	@$(RUN)/course mutants $(NAME)

# axe runs as a test, Lighthouse on its own; both come from npm, and nothing of them is on the site.
audit: $(READY) browser auditors
	@test -e $(AUDIT)/.ready || { echo "Nothing was audited."; exit 1; }
	@$(RUN)/pytest -q tests/browser/test_axe.py
	@$(RUN)/python -m benchmarks.audit

auditors:
	@if ! command -v npm >/dev/null 2>&1; then \
	  echo "No npm here: Lighthouse and axe can't rate the site. To have them do so, install Node.js 20 or newer with npm."; \
	elif ! cmp -s benchmarks/audit/package-lock.json $(AUDIT)/.ready; then \
	  echo "Setting up Lighthouse and axe in $(AUDIT) …"; \
	  mkdir -p $(AUDIT) && cp benchmarks/audit/package.json benchmarks/audit/package-lock.json $(AUDIT) \
	  && npm ci --prefix $(AUDIT) --ignore-scripts --no-fund --no-audit --silent && cp benchmarks/audit/package-lock.json $(AUDIT)/.ready \
	  || { rm -f $(AUDIT)/.ready; echo "npm could not install Lighthouse and axe: the site isn't rated. See npm's own message: npm ci --prefix $(AUDIT)"; }; fi

bench: $(READY) $(RIVALS)/.ready sandbox
	@$(RIVALS)/bin/python -m benchmarks.grading $(if $(BENCH),--$(BENCH))
	@$(RUN)/python -m benchmarks.first_cell
	@$(RUN)/python benchmarks/check_latency.py
	@$(RUN)/python -m benchmarks.cluster
	@$(RUN)/python -m benchmarks.class_report

# An environment of its own: otter and what it needs are not the course's.
$(RIVALS)/.ready: requirements-bench.lock pyproject.toml | $(UV)
	@echo "Setting up what is measured beside the course, in $(RIVALS) …"
	@test -x $(RIVALS)/bin/python || $(UV) venv --quiet --python '>=3.11,<3.14' $(RIVALS)
	@$(UV) pip sync --quiet --python $(RIVALS) --compile-bytecode --require-hashes requirements-bench.lock
	@$(UV) pip install --quiet --python $(RIVALS) --no-deps --editable .
	@touch $@

# An environment of its own: JupyterHub, the course, and the proxy that JupyterHub has in front of it.
hub: $(READY)
	@if ! command -v npm >/dev/null 2>&1; then \
	  echo "No npm here: JupyterHub's proxy comes from it. Install Node.js 20 or newer with npm, and run make hub again."; \
	else $(MAKE) --no-print-directory $(HUB)/.ready; fi

$(HUB)/.ready: requirements-hub.lock deploy/proxy/package-lock.json pyproject.toml | $(UV)
	@echo "Setting up JupyterHub in $(HUB) …"
	@test -x $(HUB)/bin/python || $(UV) venv --quiet --python '>=3.11,<3.14' $(HUB)
	@$(UV) pip sync --quiet --python $(HUB) --require-hashes requirements-hub.lock
	@$(UV) pip install --quiet --python $(HUB) --no-deps --editable .
	@cp deploy/proxy/package*.json $(HUB) && npm ci --prefix $(HUB) --ignore-scripts --no-fund --no-audit --silent
	@touch $@

# An environment of its own: what may build the site one day.
$(NEXT)/.ready: requirements-zensical.lock | $(UV)
	@echo "Setting up Zensical in $(NEXT) …"
	@test -x $(NEXT)/bin/python || $(UV) venv --quiet --python '>=3.11,<3.14' $(NEXT)
	@$(UV) pip sync --quiet --python $(NEXT) --require-hashes requirements-zensical.lock
	@touch $@

setup: $(READY)

# Redone only when the lock or the packaging changed. The lock pins every file by its hash.
$(READY): requirements.lock pyproject.toml | $(UV)
	@echo "Setting up the course in .venv (the first time: some minutes, 1 GB; later: seconds) …"
	@test -x $(RUN)/python || $(UV) venv --quiet --python '>=3.11,<3.14' .venv
	@{ $(UV) pip sync --python .venv --compile-bytecode --require-hashes requirements.lock 2>&1 || touch .venv/.failed; } | grep -v $(LISTED); \
	  if [ -e .venv/.failed ]; then rm .venv/.failed; echo "The packages could not be installed: see the lines above."; exit 1; fi
	@$(UV) pip install --quiet --python .venv --no-deps --editable .
	@$(COMPILE) course timetravel autograder
	@touch $@

# uv, where the machine has none: in a folder of its own, nothing outside the repository is touched.
.uv/bin/uv:
	@echo "Installing uv into .uv …"
	@python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install -qq --disable-pip-version-check 'uv>=0.9,<1' \
	  || { rm -rf .uv && python3 -m pip install -qq --disable-pip-version-check --target .uv 'uv>=0.9,<1' 2>/dev/null; } \
	  || { rm -rf .uv; echo "uv could not be installed: python3 here has neither venv nor pip. Install one of them (Debian: apt-get install python3-venv), or uv itself, and run make again."; exit 1; }

# bubblewrap: learners' code is graded inside it.
sandbox:
	@if [ "$$(uname)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing bubblewrap, in which submissions are graded …"; apt-get update -qq && apt-get install -y -qq bubblewrap >/dev/null; \
	  else \
	    echo "No bubblewrap here. Submissions are graded inside it: sudo apt-get install bubblewrap"; \
	  fi; fi

# Chromium, for the tests that use a real browser: by choice the one without windows, which costs half the processor time.
BROWSERS := chromium-headless-shell chromium chromium-browser google-chrome
browser:
	@if ! { $(foreach name,$(BROWSERS),command -v $(name) ||) false; } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests …"; apt-get update -qq \
	    && { apt-get install -y -qq chromium-headless-shell 2>/dev/null || apt-get install -y -qq chromium; } >/dev/null; \
	  else \
	    echo "No Chromium here: the browser tests will be skipped. To run them: apt-get install chromium-headless-shell or chromium, or .venv/bin/playwright install chromium"; \
	  fi; fi

lock: | $(UV)
	@$(UV) pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
	  --output-file requirements.lock pyproject.toml
	@$(UV) pip compile --quiet --universal --python-version 3.11 --extra bench --generate-hashes --no-header \
	  --constraint requirements.lock --output-file requirements-bench.lock pyproject.toml
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraint requirements.lock --output-file requirements-zensical.lock requirements-zensical.in
	@$(UV) pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
	  --constraint requirements.lock --output-file requirements-hub.lock requirements-hub.in pyproject.toml

clean:
	rm -rf .cache site docs/modules docs/reference/commands.md docs/reference/cheatsheet.md docs/reference/map.md demo
