"""Reads the exercises of a module: `solutions/MODULE/exercises.py`, one text for everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from course.authoring.percent import Cell, read_cells
from course.errors import SourceError
from course.paths import Root

_H1, _H2 = re.compile(r"\A\s*# +(.+?) *$", re.M), re.compile(r"\A\s*## +(.+?) *$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Code that takes the place of an exercise's answer."""

    code: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss(Variant):
    """A plausible wrong answer: it must lose points, and its feedback must contain `says`."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSource:
    """One exercise with all that belongs to it."""

    name: str
    title: str  #: the prompt's H2; the name where there is none
    line: int  #: of the answer's marker
    prompt: str  #: Markdown; empty when no prompt stands right before the answer
    answer: str  #: code; Markdown for a question that is graded by hand
    hints: tuple[str, ...]
    near_misses: tuple[NearMiss, ...]
    alternatives: tuple[Variant, ...]
    manual_points: float | None  #: what a question graded by hand is worth; None for code


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """The exercises of a module in teaching order, and every cell of their file."""

    module: str
    path: Path
    title: str
    cells: tuple[Cell, ...]
    exercises: tuple[ExerciseSource, ...]


def read_module(root: Root, module: str) -> ModuleSource:
    """Read the exercises of a module.

    Raises:
        SourceError: when a form error leaves open what belongs to what.
    """
    path = root.exercises_source(module)
    cells = tuple(_with_prompts(read_cells(path)))
    title = _H1.search(cells[0].text) if cells and cells[0].kind == "markdown" else None
    if not title:
        raise SourceError(path, 1, "this file has no title: begin its first cell with `# Exercises: …`")
    _check_owners(path, cells)
    exercises = [
        _exercise(cells, index) for index, cell in enumerate(cells) if cell.role in ("answer", "question")
    ]
    return ModuleSource(module=module, path=path, title=title[1], cells=cells, exercises=tuple(exercises))


def _with_prompts(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Mark the Markdown cells with an H2 that stand right before an answer."""
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        could = (cell.kind, cell.role) == ("markdown", "plain") and _H2.search(cell.text)
        if could and after and after.role in ("answer", "question"):
            yield replace(cell, role="prompt", exercise=after.exercise)
        else:
            yield cell


def _check_owners(path: Path, cells: Sequence[Cell]) -> None:
    """Each exercise has one answer, and whatever names an exercise names one that is there."""
    owners: dict[str, int] = {}
    for cell in cells:
        if cell.role in ("answer", "question"):
            if first := owners.get(cell.exercise):
                message = f"a second answer for `{cell.exercise}`, after line {first}: tag it, or rename it"
                raise SourceError(path, cell.line, message)
            owners[cell.exercise] = cell.line
    for cell in cells:
        if cell.exercise and cell.exercise not in owners:
            message = f"this {cell.role} is for `{cell.exercise}`, which has no answer cell: mend the name"
            raise SourceError(path, cell.line, message)


def _exercise(cells: Sequence[Cell], index: int) -> ExerciseSource:
    answer, before = cells[index], cells[index - 1]
    prompt = before.text if before.role == "prompt" else ""
    title = _H2.search(prompt)
    mine = [cell for cell in cells if cell.exercise == answer.exercise]
    return ExerciseSource(
        name=answer.exercise,
        title=title[1] if title else answer.exercise,
        line=answer.line,
        prompt=prompt,
        answer=answer.text,
        hints=tuple(cell.text for cell in mine if cell.role == "hint"),
        near_misses=tuple(
            NearMiss(code=cell.text, line=cell.line, says=cell.says)
            for cell in mine
            if cell.role == "near-miss"
        ),
        alternatives=tuple(
            Variant(code=cell.text, line=cell.line) for cell in mine if cell.role == "alternative"
        ),
        manual_points=answer.points,
    )
