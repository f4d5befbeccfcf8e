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

from course.authoring import build
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import fill, right_answers
from course.paths import Root

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SMALL_COURSE = REPOSITORY / "tests" / "data" / "tiny_course"
SMALL = "01_threads"
NAME = "exercises.ipynb"
ANSWERS = "build/answers"  #: where `nbgrader_config.py` looks for the worked notebooks
Notebook = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classroom:
    """One module of a course in a folder of its own, and its notebook with the worked answers."""

    folder: Path
    module: str
    answers: Mapping[str, str]
    blank: Notebook  #: as it is handed out
    notebook: Notebook

    def submissions(self, count: int) -> Path:
        """Return a folder with so many submissions, in the layout that nbgrader wants."""
        return hand_in(self.folder / f"submitted{count}", self.module, self.notebook, count)


def open_classroom(folder: Path, module: str) -> Classroom:
    """Copy a module to where grading may write, and print its notebooks, with and without answers."""
    source = SMALL_COURSE if module == SMALL else REPOSITORY
    for part in (f"modules/{module}", f"solutions/{module}", "autograder/graders"):
        shutil.copytree(source / part, folder / part)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    root = Root(folder)
    wanted = [*build.notebooks(root), *build.answers(root, folder / ANSWERS)]
    for item, printed_text in build.stale(wanted):
        build.write(item, printed_text)
    answers = right_answers(read_module(root, module))
    printed = json.loads(root.notebook(module, "exercises").read_text("utf-8"))
    notebook = fill(printed, answers)
    return Classroom(folder=folder, module=module, answers=answers, blank=printed, notebook=notebook)


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
