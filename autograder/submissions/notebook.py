"""Parses a submitted notebook, which may hold anything at all, into cells.

nbformat is not used: it would take 1.7 s to import, and validates by raising.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.submissions.safe_read import Unreadable, as_object, inert, read_bytes, read_object
from autograder.submissions.sanitize import MAX_TEXT

CELL_LIMIT = 2000
TEXT_LIMIT = 500_000  #: characters of all cells: formgrader has to colour and show them
TOLD = 5  #: problems of one kind; the others are counted

_PYTHON = re.compile(r"\s*(i?python)?\s*[\d.]*\s*", re.IGNORECASE)
"""What editors write for the language: `Python`, `python3`, or nothing at all."""

ANSWER = "_answer"
"""What the print adds to an exercise's name, to name its answer's cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookCell:
    """A cell as it was submitted, and what it put out when it was run here."""

    kind: str  #: code, markdown or raw
    source: str
    cell_id: str = ""  #: the notebook's own: it survives editors that drop the rest
    grade_id: str | None = None
    grade: bool = False  #: nbgrader gives points for it
    solution: bool = False  #: the learner was to change it
    points: float | None = None  #: what the cell claims to be worth; the tests decide
    outputs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])  #: ours, harmless to show
    count: int | None = None  #: its number in the run

    @property
    def exercise(self) -> str | None:
        """Whose answer it is."""
        name = self.grade_id or ""
        return name.removesuffix(ANSWER) if name.endswith(ANSWER) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedNotebook:
    """A notebook as it was submitted."""

    path: Path
    module: str | None  #: which module it says it is of
    cells: tuple[NotebookCell, ...]
    problems: tuple[str, ...]  #: what is odd about it, though it can be graded


def read_notebook(path: Path) -> SubmittedNotebook:
    """Read a notebook from an untrusted file.

    Raises:
        Unreadable: it is too large, no JSON, no notebook of format 4, or not in Python.
    """
    return parse_notebook(path, read_bytes(path))


def parse_notebook(path: Path, data: bytes) -> SubmittedNotebook:
    """Read a notebook from the bytes that stood at `path`.

    Raises:
        Unreadable: it is no JSON, no notebook of format 4, too long, or not in Python.
    """
    name = inert(path.name)
    notebook = read_object(name, data)
    raw = notebook.get("cells")
    if notebook.get("nbformat") != 4 or not isinstance(raw, list):
        raise Unreadable(f"`{name}` is no notebook of format 4: save it in JupyterLab and hand it in again")
    if len(raw) > CELL_LIMIT:
        raise Unreadable(f"`{name}` has {len(raw):,} cells; at most {CELL_LIMIT:,} are graded")
    metadata = as_object(notebook.get("metadata"))
    language = as_object(metadata.get("kernelspec")).get("language", "python")
    if not isinstance(language, str) or not _PYTHON.fullmatch(language):
        other = inert(language, 30) if isinstance(language, str) else "another language"
        raise Unreadable(f"`{name}` is a notebook for {other}, not for Python")
    cells = tuple(_cell(cell) for cell in raw if isinstance(cell, dict))
    if (length := sum(map(_length, cells))) > TEXT_LIMIT:
        raise Unreadable(f"`{name}` has {length:,} characters of text; at most {TEXT_LIMIT:,} are graded")
    module = as_object(metadata.get("course")).get("module")
    return SubmittedNotebook(
        path=path,
        module=module if isinstance(module, str) else None,
        cells=cells,
        problems=tuple(_problems(cells)),
    )


def _cell(raw: dict[str, Any]) -> NotebookCell:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    tags = as_object(as_object(raw.get("metadata")).get("nbgrader"))
    grade_id, kind, cell_id = tags.get("grade_id"), raw.get("cell_type"), raw.get("id")
    return NotebookCell(
        cell_id=cell_id if isinstance(cell_id, str) else "",
        kind=kind if isinstance(kind, str) else "raw",
        source=_whole(source) if isinstance(source, str) else "",
        grade_id=grade_id if isinstance(grade_id, str) else None,
        grade=tags.get("grade") is True,
        solution=tags.get("solution") is True,
        points=_points(tags.get("points")),
    )


def _length(cell: NotebookCell) -> int:
    """What is cut off where Markdown is shown does not count: some editors put pictures there, as text."""
    return len(cell.source) if cell.kind == "code" else min(len(cell.source), MAX_TEXT)


def _points(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:  # JSON has whole numbers of any length
        return None


def _whole(text: str) -> str:
    """Replace half characters: JSON can hold them, and some editors leave them, but UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _problems(cells: tuple[NotebookCell, ...]) -> Iterator[str]:
    counts = Counter(cell.grade_id for cell in cells if cell.grade_id)
    twice = sorted((name, count) for name, count in counts.items() if count > 1)
    for name, count in twice[:TOLD]:
        yield f"there are {count} cells with the id `{inert(name)}`"
    if len(twice) > TOLD:
        yield f"{len(twice) - TOLD} more ids stand at several cells"
