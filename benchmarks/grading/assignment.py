"""The small notebook as other tools want it: the same cells, the same answers, the same assertions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.classroom import NAME, SMALL, Classroom, Notebook, signed, text
from benchmarks.grading.measuring import run
from benchmarks.grading.plain_tests import TESTS, PlainTest
from course.authoring.sample_class import fill

OURS = "from course import check, hint, timeline"  #: what only our notebook needs
NBGRADER_CONFIG = """\"\"\"Stock nbgrader: nothing but what it must be told.\"\"\"
c = get_config()
c.CourseDirectory.course_id = "benchmark"
c.Exchange.root = ""
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The assignment, ready for nbgrader and otter."""

    folder: Path
    graded: Notebook  #: answered, with the test cells that nbgrader's students see
    cells: Notebook  #: answered, without tests

    @property
    def otter_zip(self) -> Path:
        return self.folder / "autograder.zip"

    def answered(self, number: int) -> Path:
        """Return one student's notebook, without tests, as a file of its own."""
        path = self.folder / "answered" / f"student{number:05}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(signed(self.cells, path.stem)), "utf-8")
        return path


def prepare(folder: Path, classroom: Classroom) -> Assignment:
    """Write the assignment, and have nbgrader and otter take it in: that is not measured."""
    source = folder / "source" / SMALL / NAME
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(_with_plain_tests(classroom.notebook)), "utf-8")
    (folder / "nbgrader_config.py").write_text(NBGRADER_CONFIG)
    run(["nbgrader", "generate_assignment", SMALL], folder=folder)
    released: Notebook = json.loads((folder / "release" / SMALL / NAME).read_text("utf-8"))
    _write_otter_tests(folder / "tests")
    given = ["--no-config", "--no-requirements", "--no-environment"]
    run(["otter", "generate", "-t", "tests", "-o", "autograder.zip", *given], folder=folder)
    graded = fill(released, classroom.answers)
    return Assignment(folder=folder, graded=graded, cells=_without_tests(graded))


def _with_plain_tests(notebook: Notebook) -> Notebook:
    """Return nbgrader's source: our locked cells give way to plain ones, and answers are marked as such."""
    cells = [part for cell in notebook["cells"] for part in _plain(cell)]
    metadata = {key: notebook["metadata"][key] for key in ("kernelspec", "language_info")}
    return {**notebook, "cells": cells, "metadata": metadata}


def _plain(cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    marks = cell["metadata"].get("nbgrader", {})
    if _is_test(cell):
        tests = [test for test in TESTS if test.exercise == marks["grade_id"]]
        yield from (_test_cell(cell, test) for test in tests)
        return
    source = text(cell).replace(OURS, "").rstrip()
    if marks.get("solution"):
        source = f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"
    yield {**cell, "source": source}


def _is_test(cell: dict[str, Any]) -> bool:
    marks = cell["metadata"].get("nbgrader", {})
    return bool(marks.get("grade") and marks.get("locked"))


def _test_cell(cell: dict[str, Any], test: PlainTest) -> dict[str, Any]:
    source = f"{test.source}\n\n{test.function.__name__}({test.subject})"
    if test.hidden:
        source = f"### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"
    name = test.function.__name__
    marks = {**cell["metadata"]["nbgrader"], "grade_id": name, "points": test.points}
    return {**cell, "id": name[:60], "source": source, "metadata": {"nbgrader": marks}}


def _without_tests(notebook: Notebook) -> Notebook:
    return {**notebook, "cells": [cell for cell in notebook["cells"] if not _is_test(cell)]}


def _write_otter_tests(folder: Path) -> None:
    """Write one file an exercise, in otter's format of functions."""
    folder.mkdir()
    for exercise in dict.fromkeys(test.exercise for test in TESTS):
        parts = ["from otter.test_files import test_case", "OK_FORMAT = False", f"name = {exercise!r}"]
        for test in (test for test in TESTS if test.exercise == exercise):
            parts += [f"@test_case(points={test.points}, hidden={test.hidden})\n{test.source}"]
        (folder / f"{exercise}.py").write_text("\n\n".join([*parts, ""]))
