"""Makes stock `nbgrader autograde` run submissions in our sandbox.

`nbgrader_config.py` says so, for `nbgrader autograde` and formgrader's own button alike. nbgrader's step runs
cells and tests in one kernel, as the instructor. Here the cells run in a graded process, the tests in the
trusted one, and the verdicts come back as outputs, in which nbgrader's next step finds the scores.
"""

from __future__ import annotations

import atexit
import json
import secrets
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.grading.job import Material
from autograder.grading.notebook import NotebookGrader
from autograder.reports.autograded_notebook import autograded
from autograder.submissions.assignment import read_handout
from autograder.submissions.entry import Entry
from course.errors import CourseError
from course.instructor.grade_class import materials, usable_tier
from course.paths import Root

if TYPE_CHECKING:
    from nbformat import NotebookNode


class GradeInSandbox(NbGraderPreprocessor):
    """Runs and judges a submission as `course grade` does, and puts what came of it into the notebook."""

    allow_unisolated = Bool(
        False, help="Grade where there is no sandbox: only if you trust every submission with this machine."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with outputs and verdicts.

        Raises:
            CourseError: there is no sandbox, no such module, or the grader failed: nbgrader then says so and
                gives this submission no grade.
        """
        about = resources["nbgrader"]
        material = materials(Root.find(), about["assignment"])[0]  # nbgrader's word, not the notebook's
        changed = tuple(path.stat().st_mtime_ns for path in (material.handout, *material.tests))
        grader = _grader(material, changed, self.allow_unisolated)
        nb.cells = _graded_cells(nb, about["student"], material, grader)
        return nb, resources


class ForgetDuplicates(NbGraderPreprocessor):
    """Takes empty marks off: nbgrader leaves them on a cell's copies, and then stops the class at them."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the cell without empty marks."""
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


def _graded_cells(
    nb: NotebookNode, student: str, material: Material, grader: NotebookGrader
) -> list[NotebookNode]:
    import nbformat

    entry = Entry(student=student, module=material.module, path=Path("exercises.ipynb"))
    try:
        graded, cells = grader.grade(entry, data=json.dumps(nb).encode())
    except Exception as error:  # ours, not theirs
        raise CourseError(f"{student}: the grader failed ({type(error).__name__}: {error})") from error
    return nbformat.reads(autograded(graded, cells, read_handout(material.handout)), as_version=4).cells


_warm = ExitStack()
atexit.register(_warm.close)


@lru_cache(maxsize=1)
def _grader(material: Material, changed: tuple[int, ...], allow_unisolated: bool) -> NotebookGrader:
    """Return a grader that stays warm over the submissions of this nbgrader, until a file of it changes."""
    _warm.close()  # the grader of what was graded before
    try:
        tier = usable_tier(allow_unisolated=allow_unisolated)
    except CourseError as error:
        setting = "c.GradeInSandbox.allow_unisolated = True in nbgrader_config.py"
        raise CourseError(f"{error} (under nbgrader that is {setting})") from None
    return _warm.enter_context(NotebookGrader([material], seed=secrets.randbits(32), tier=tier))
