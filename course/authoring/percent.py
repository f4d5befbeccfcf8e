"""Reads a percent file into cells, each with its line and what it is to an exercise.

Jupytext reads the text; the keys `exercise`, `says`, `points` and our tags are given their meaning here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from autograder.quick import import_jsonschema
from course.errors import SourceError

Role = Literal["plain", "prompt", "answer", "question", "hint", "near-miss", "alternative"]

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # nbgrader's own words
_MARKER = re.compile(r"\s*#\s*%%(%*\s|$)")  # Jupytext's own: `# %%writefile` is a magic, and no marker
_OURS = {"exercise", "says", "points"}
# Jupytext remembers layout in these; they have no place in a print.
_JUPYTEXT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "title", "cell_marker", "cell_depth"}
_ROLE_OF: dict[tuple[str, tuple[str, ...]], Role] = {
    ("code", ()): "answer",
    ("markdown", ()): "question",
    ("markdown", ("hint",)): "hint",
    ("code", ("near-miss",)): "near-miss",
    ("code", ("alternative",)): "alternative",
}
_TAGS = {tag for _, tags in _ROLE_OF for tag in tags}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a percent file."""

    kind: Literal["code", "markdown", "raw"]
    text: str
    line: int  #: of its `# %%` marker
    role: Role = "plain"
    exercise: str = ""  #: whose prompt, answer, hint … it is
    says: str = ""  #: a near miss: what the learner must be told
    points: float | None = None  #: a question graded by hand: what it is worth
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])  #: what is not ours, such as tags


def read_cells(path: Path) -> list[Cell]:
    """Read the cells of a percent file.

    Raises:
        SourceError: when a cell's form leaves open what it is.
    """
    import_jsonschema()
    import jupytext  # late: 2 s

    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise SourceError(path, 1, "this file is missing: write it, or make it with `course new`") from None
    raw_cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
    if len(lines) != len(raw_cells):
        what = f"{len(lines)} `# %%` markers make {len(raw_cells)} cells"
        raise SourceError(path, 1, f"{what}: begin the file with a marker, and put none inside a string")
    return [
        _with_role(path, Cell(kind=raw.cell_type, text=raw.source, line=line, metadata=dict(raw.metadata)))
        for line, raw in zip(lines, raw_cells, strict=True)
    ]


def _with_role(path: Path, cell: Cell) -> Cell:
    """Take our keys out of the metadata and say what the cell is."""
    ours = {key: cell.metadata[key] for key in _OURS & set(cell.metadata)}
    rest = {key: value for key, value in cell.metadata.items() if key not in _OURS | _JUPYTEXT}
    tags = tuple(cast("Iterable[str]", rest.get("tags", ())))
    if "exercise" not in ours:
        _refuse_ours(path, cell, [*ours, *(_TAGS & set(tags))])
        return replace(cell, metadata=rest)
    role = _ROLE_OF.get((cell.kind, tags))
    if not role:
        raise SourceError(path, cell.line, _no_role(cell.kind, tags))
    if unread := [key for key in rest if key != "tags"]:
        raise SourceError(path, cell.line, f"nothing reads `{unread[0]}`: mend the word, or take it out")
    name, points = ours["exercise"], ours.get("points")
    if not isinstance(name, str):
        raise SourceError(path, cell.line, f'the name of an exercise is text: write `exercise="{name}"`')
    if (role == "question") != isinstance(points, int | float):
        raise SourceError(path, cell.line, "a question graded by hand has `points=N`, and no other cell has")
    if role in ("answer", "question"):
        _check_regions(path, cell)
    return replace(cell, role=role, exercise=name, points=points, says=str(ours.get("says", "")), metadata={})


def _refuse_ours(path: Path, cell: Cell, marks: list[str]) -> None:
    if BEGIN in cell.text or END in cell.text:
        marks = [*marks, "a solution region"]
    if marks:
        raise SourceError(
            path, cell.line, f'this cell has {marks[0]} but no exercise: add `exercise="NAME"` to its marker'
        )


def _no_role(kind: str, tags: tuple[str, ...]) -> str:
    choices = [f'tags=["{known[0]}"]' if known else "no tags" for of, known in _ROLE_OF if of == kind]
    return f"a {kind} cell of an exercise has {' or '.join(choices) or 'no place'}, not tags={list(tags)}"


def _check_regions(path: Path, cell: Cell) -> None:
    """Find solution regions opened twice or never closed: nbgrader would stop at them."""
    opened = 0
    for number, line in enumerate(cell.text.splitlines(), cell.line + 1):
        if BEGIN in line:
            if opened:
                raise SourceError(path, number, f"`### {BEGIN}` inside the region of line {opened}: end that")
            opened = number
        elif END in line:
            if not opened:
                raise SourceError(path, number, f"`### {END}` without `### {BEGIN}` above it: add that")
            opened = 0
    if opened:
        raise SourceError(path, opened, f"this solution region has no `### {END}`: add it below")
