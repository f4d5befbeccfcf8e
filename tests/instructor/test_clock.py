"""A clock that jumps changes no verdict: deadlines don't read it, and lateness knows only when something was handed in."""

from __future__ import annotations

import ast
import random
import time
from pathlib import Path

import pytest

from course.authoring import sample_class
from course.paths import Root
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

PACKAGE = Root.find().path / "autograder"
STAMPS = {"results/store.py", "grading/lock.py", "reports/output_folder.py"}
"""They write when something was done, for people to read."""


def reads_the_clock(path: Path) -> bool:
    """Whether a file asks for the time of day, which may be set while it waits."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {ast.unparse(call) for call in calls}
    return any(name.endswith(("time.time", "time.time_ns", ".now", ".utcnow", ".today")) for name in names)


def test_no_deadline_of_the_grader_reads_the_time_of_day():
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    asking = {name for name, path in files.items() if reads_the_clock(path)}
    assert {name for name in asking if not name.startswith("graders/")} == STAMPS


def test_a_clock_that_jumps_by_days_changes_no_mark(
    root: Root, notebook, source, tmp_path: Path, here, monkeypatch: pytest.MonkeyPatch
):
    for sample in list(sample_class.samples(notebook, source, []))[:2]:
        sample_class.write(sample, tmp_path / "in", MODULE)
        stamp = tmp_path / "in" / sample.student / MODULE / "timestamp.txt"
        stamp.write_text("2026-11-30 10:00:00 UTC")
    still = grade(root, tmp_path / "in", tmp_path / "still", seed=7, executor=here)
    real, jumps = time.time, random.Random(3)
    monkeypatch.setattr(time, "time", lambda: real() + jumps.choice((-1, 1)) * 86_400 * jumps.randrange(900))
    jumped = grade(root, tmp_path / "in", tmp_path / "jumped", seed=7, executor=here)

    def marks(graded) -> dict[str, tuple[float, float, str]]:
        return {name: (row.earned, row.late, row.error) for name, row in graded.fresh.items()}

    assert marks(jumped) == marks(still) and len(marks(still)) == 2
