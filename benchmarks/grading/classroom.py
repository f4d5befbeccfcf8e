"""Makes courses and classes: the small course and a real one, and as many submissions as are asked for.

Each submission bears its student's name, so that no cache can answer for two.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.measuring import run
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import fill, right_answers
from course.paths import Root

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SMALL_COURSE = REPOSITORY / "tests" / "data" / "tiny_course"
SMALL, REAL = "01_threads", "01_basic"
NAME = "exercises.ipynb"
Notebook = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classroom:
    """One module of a course in a folder of its own, and its notebook with the worked answers."""

    folder: Path
    module: str
    answers: Mapping[str, str]
    notebook: Notebook

    def submissions(self, count: int) -> Path:
        """Return a folder with so many submissions, in the layout that nbgrader wants."""
        return hand_in(self.folder / f"submitted{count}", self.module, self.notebook, count)


def open_classroom(folder: Path, module: str) -> Classroom:
    """Copy a course to where grading may write, and print it."""
    source = SMALL_COURSE if module == SMALL else REPOSITORY
    for part in (f"modules/{module}", f"solutions/{module}", "autograder/graders"):
        shutil.copytree(source / part, folder / part)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    run(["course", "build"], folder=folder, env={"COURSE_ROOT": str(folder)})
    root = Root(folder)
    answers = right_answers(read_module(root, module))
    printed = json.loads(root.notebook(module, "exercises").read_text("utf-8"))
    return Classroom(folder=folder, module=module, answers=answers, notebook=fill(printed, answers))


def hand_in(folder: Path, module: str, notebook: Notebook, count: int) -> Path:
    """Write STUDENT/MODULE/exercises.ipynb for so many students; return `folder`."""
    for number in range(count):
        target = folder / f"student{number:05}" / module
        target.mkdir(parents=True)
        (target / NAME).write_text(json.dumps(signed(notebook, target.parent.name)), "utf-8")
    return folder


def signed(notebook: Notebook, student: str) -> Notebook:
    """Return a notebook with the student's name in its first line of code."""
    cells = list(notebook["cells"])
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    cells[first] = {**cells[first], "source": f"# {student}\n{text(cells[first])}"}
    return {**notebook, "cells": cells}


def text(cell: Mapping[str, Any]) -> str:
    """Return a cell's source as one text: in a file it may be a list of lines."""
    return "".join(cell["source"])
