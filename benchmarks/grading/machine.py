"""Says what a benchmark ran on: machine, versions, commit, and the walls around learners' code."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.grading.classroom import REPOSITORY
from benchmarks.grading.measuring import SCRIPTS
from benchmarks.grading.processor import counts, load
from benchmarks.grading.results import Machine

LIBRARIES = ("nbgrader", "otter-grader", "nbclient", "papermill", "ipykernel", "langgraph", "pytest")


def this_machine() -> Machine:
    """Look at the machine, for two seconds also at how busy it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cores=os.cpu_count() or 1,
        processor=_processor(),
        memory_gb=round(memory, 1),
        system=f"{platform.system()} {platform.release()}",
        commit=_commit(),
        tier=json.loads(_said([str(SCRIPTS / "course"), "doctor", "--json"]))["name"],
        load=round(load(), 3),
        counted=counts(),
        versions={"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    )


def _processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _commit() -> str:
    commit = _said(["git", "rev-parse", "--short", "HEAD"]).strip()
    changed = _said(["git", "status", "--porcelain", "--", "autograder", "course"]).strip()
    return f"{commit or 'unknown'}{', with changes' if changed else ''}"


def _said(words: list[str]) -> str:
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout
