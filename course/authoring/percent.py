"""Reads a percent file, a lesson or a notebook's first cells, into cells with their lines.

Jupytext reads the text; what it remembers of the layout is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from course.errors import SourceError

Role = Literal["plain", "prompt", "answer", "question"]

_MARKER = re.compile(r"\s*#\s*%%(%*\s|$)")  # Jupytext's own: `# %%writefile` is a magic, and no marker
_JUPYTEXT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "title", "cell_marker", "cell_depth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a notebook to print."""

    kind: Literal["code", "markdown", "raw"]
    text: str
    line: int = 1  #: where it begins in its file
    role: Role = "plain"
    exercise: str = ""  #: whose prompt or answer it is
    points: float | None = None  #: what a question that a person grades is worth
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])  #: such as tags


def read_cells(path: Path) -> list[Cell]:
    """Read the cells of a percent file.

    Raises:
        SourceError: the file is missing, or it's unclear where its cells begin.
    """
    import jupytext  # late: 0.3 s

    text = read_text(path)
    raw_cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
    if len(lines) != len(raw_cells):
        what = f"{len(lines)} `# %%` markers make {len(raw_cells)} cells"
        raise SourceError(path, 1, f"{what}: begin the file with a marker, and put none inside a string")
    return [
        Cell(kind=raw.cell_type, text=raw.source, line=line, metadata=_without_layout(raw.metadata))
        for line, raw in zip(lines, raw_cells, strict=True)
    ]


def read_text(path: Path) -> str:
    """Read a file that an author writes.

    Raises:
        SourceError: it's missing.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise SourceError(path, 1, "this file is missing: write it, or make it with `course new`") from None


def _without_layout(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in _JUPYTEXT}
