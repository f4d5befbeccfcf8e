"""Generates the checklist: the prose of `checklist.md`, and what each check printed when it was run."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from course.checklist.__main__ import POINTS
from course.errors import CourseError
from course.learner.workspace import write_atomically
from course.site.executing import surroundings
from course.site.kept import kept
from course.site.notebook_page import fence

if TYPE_CHECKING:
    from course.paths import Root

SOURCE = Path(__file__).with_name("checklist.md")
COMMANDS = {point: ("python", "-m", "course.checklist", point) for point in POINTS} | {
    "tests": ("python", "-m", "pytest", "-q", "tests/support_agent", "tests/data_pipeline")
}
ALONE = "load"  #: measures, so nothing else of ours may run beside it
SECONDS = 600  #: that one check may take, on a machine that's busy with other things
_RUN = re.compile(r"^!run (\w+)$", re.MULTILINE)
_CODE = ("course/checklist", "course/support_agent", "course/data_pipeline", "course/stage", "course/learner")
_TESTS = ("tests/support_agent", "tests/data_pipeline")


def checklist_page(root: Root) -> str:
    """Print the page; a check that was never run with this code and these libraries is run now.

    Raises:
        CourseError: a check doesn't hold, so there's nothing to show.
    """
    missing = [point for point in COMMANDS if _here(root, point) and not _kept(root, point).is_file()]
    if missing:
        print(f"checking {', '.join(missing)} for the deployment checklist …", flush=True)
    if ALONE in missing:
        _run(root, ALONE)
    with ThreadPoolExecutor(2) as pool:  # they mostly wait for a disk
        list(pool.map(partial(_run, root), [point for point in missing if point != ALONE]))
    return _RUN.sub(lambda found: _shown(root, found[1]), SOURCE.read_text("utf-8"))


def shown_command(point: str) -> str:
    """Return what to type in a clone."""
    return shlex.join([f".venv/bin/{COMMANDS[point][0]}", *COMMANDS[point][1:]])


def _here(root: Root, point: str) -> bool:
    """Say whether this copy of the course has what a check needs: a learner's bundle has no tests."""
    return point != "tests" or all((root.path / folder).is_dir() for folder in _TESTS)


def _shown(root: Root, point: str) -> str:
    if not _here(root, point):
        return f"{fence(shown_command(point), 'sh')}\n\nThe tests aren't in this copy of the course."
    printed = _kept(root, point).read_text("utf-8").rstrip()
    return f"{fence(shown_command(point), 'sh')}\n\n{fence(printed, 'text .output .stdout')}"


def _run(root: Root, point: str) -> None:
    environment = {
        **os.environ,
        "COURSE_ROOT": str(root.path),
        "PYTEST_ADDOPTS": "--color=no -p no:cacheprovider",
    }
    command = [sys.executable, *COMMANDS[point][1:]]
    try:
        ran = subprocess.run(
            command, cwd=root.path, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CourseError(f"{shown_command(point)}: no end after {SECONDS} seconds; run it by hand") from None
    if ran.returncode:
        raise CourseError(f"{shown_command(point)}: the check doesn't hold:\n{ran.stdout}{ran.stderr}"[:4000])
    write_atomically(_kept(root, point), ran.stdout.encode())


def _kept(root: Root, point: str) -> Path:
    """Return where a check's output is, once it has been run with all that it depends on as it is now."""
    folders = (*_CODE, *(_TESTS if point == "tests" else ()))
    files = [path for folder in folders for path in sorted((root.path / folder).rglob("*.py"))]
    files += [root.path / "requirements.lock"]
    texts = [surroundings(), shlex.join(COMMANDS[point]), *(path.read_text("utf-8") for path in files)]
    key = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    return kept("checklist", f"{point}-{key}.txt")
