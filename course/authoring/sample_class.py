"""Builds sample submissions from the printed notebook: the right one, near misses, and those with a flaw.

A flaw is a small Python file whose head says where it goes and what grading must make of it:

    # says: a loop that never ends
    # place: answer       the whole answer of the first exercise; or `function`: each function of that answer
    #                     is this file's `answer`; `top`: a cell of its own; `file`: this file's
    #                     `submit(notebook)` returns what is handed in, as a dict or bytes
    # expect: timed out   the status of that exercise, or several; of all, where the place is top or file
"""

from __future__ import annotations

import ast
import copy
import json
import re
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.authoring.answers import Answer
from course.authoring.exercise_source import ExerciseSource, ModuleSource

NAME = "exercises.ipynb"
_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.M)
_HEAD = re.compile(r"^# (says|place|expect): (.+)$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One made-up student's notebook."""

    student: str
    says: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One flaw, as its file describes it."""

    name: str
    says: str
    place: str
    expect: frozenset[str]
    path: Path
    code: str


def read_flaws(folder: Path) -> list[Flaw]:
    """Read all flaws of a folder; none where there is no such folder."""
    return [_flaw(path) for path in sorted(folder.glob("*.py"))]


def _flaw(path: Path) -> Flaw:
    code = path.read_text("utf-8")
    head = dict(_HEAD.findall(code))
    expect = frozenset(head["expect"].split(" or "))
    return Flaw(name=path.stem, says=head["says"], place=head["place"], expect=expect, path=path, code=code)


def right_answers(source: ModuleSource) -> dict[str, str]:
    """Return the worked answers, as a learner would have written them."""
    return {exercise.name: _MARKER.sub("", exercise.answer) for exercise in source.exercises}


def fill(notebook: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the notebook with answers written into their cells."""
    filled = copy.deepcopy(dict(notebook))
    for cell in filled["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        name = marks.get("grade_id", "").removesuffix("_answer")
        if marks.get("solution") and name in answers:
            cell["source"] = answers[name]
    return filled


def samples(notebook: Mapping[str, Any], source: ModuleSource, flaws: list[Flaw]) -> Iterator[Sample]:
    """Yield a class: right, partly right and blank, then each alternative, near miss and flaw."""
    right = right_answers(source)
    half = dict(list(right.items())[: len(right) // 2])
    yield _sample("right", "every worked answer", fill(notebook, right))
    yield _sample("partly_right", "the first half of the worked answers", fill(notebook, half))
    yield _sample("blank", "the notebook as it was handed out", dict(notebook))
    for exercise in source.exercises:
        yield from _variants(notebook, exercise, right)
    for flaw in flaws:
        yield Sample(student=f"flaw_{flaw.name}", says=flaw.says, data=spoilt(notebook, source, flaw))


def _variants(
    notebook: Mapping[str, Any], exercise: ExerciseSource, right: Mapping[str, str]
) -> Iterator[Sample]:
    """Yield a student for each other answer to one exercise; their other answers are right."""
    others = {name: Answer(code=code) for name, code in right.items()}
    for number, other in enumerate(exercise.alternatives, 1):
        filled = answered(notebook, {**others, exercise.name: other})
        yield _sample(f"alternative_{exercise.name}_{number}", "another right answer", filled)
    for number, miss in enumerate(exercise.near_misses, 1):
        filled = answered(notebook, {**others, exercise.name: miss})
        yield _sample(f"near_miss_{exercise.name}_{number}", miss.says, filled)


def answered(notebook: Mapping[str, Any], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return the notebook with answers, and the cells that they need around them."""
    filled = fill(notebook, {name: answer.code for name, answer in answers.items()})
    cells: list[dict[str, Any]] = []
    for cell in filled["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_answer")
        own = answers.get(name) if cell["metadata"].get("nbgrader", {}).get("solution") else None
        cells += [_code_cell(f"{name}_before", own.before)] if own and own.before else []
        cells.append(cell)
        cells += [_code_cell(f"{name}_after", own.after)] if own and own.after else []
    return {**filled, "cells": cells}


def _code_cell(cell_id: str, code: str) -> dict[str, Any]:
    head = {"cell_type": "code", "id": cell_id, "metadata": {}, "execution_count": None}
    return {**head, "source": code, "outputs": []}


def _sample(student: str, says: str, notebook: dict[str, Any]) -> Sample:
    return Sample(student=student, says=says, data=_bytes(notebook))


def _bytes(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, indent=1).encode()


def spoilt(notebook: Mapping[str, Any], source: ModuleSource, flaw: Flaw) -> bytes:
    """Return the right answers with one flaw."""
    right = right_answers(source)
    first = first_exercise(source)
    match flaw.place:
        case "answer":
            return _bytes(fill(notebook, {**right, first: flaw.code}))
        case "function":
            functions = [n.name for n in ast.parse(right[first]).body if isinstance(n, ast.FunctionDef)]
            code = "\n".join([flaw.code, *(f"{name} = answer" for name in functions)])
            return _bytes(fill(notebook, {**right, first: code}))
        case "top":
            filled = fill(notebook, right)
            filled["cells"].insert(0, _code_cell("spoilt", flaw.code))
            return _bytes(filled)
        case _:
            made = runpy.run_path(str(flaw.path))["submit"](fill(notebook, right))
            return made if isinstance(made, bytes) else _bytes(made)


def first_exercise(source: ModuleSource) -> str:
    """The exercise that a flaw spoils."""
    return next(e.name for e in source.exercises if e.manual_points is None)


def write(sample: Sample, folder: Path, module: str) -> None:
    """Hand a sample in, in nbgrader's layout."""
    path = folder / sample.student / module / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sample.data)
