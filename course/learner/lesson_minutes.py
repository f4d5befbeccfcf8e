"""Estimates how long a lesson takes, from its printed notebook."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORDS_A_MINUTE = 180  #: prose, read with care
LINES_A_MINUTE = 12  #: code, read and run
SECONDS_A_PREDICT = 36  #: thinking of an answer before the output is seen
FURTHER = "*Further: on the core path, run these cells and read only what **Decide** says.*"
"""What stands under the heading of a section that isn't core."""

_FENCED = re.compile(r"^``` *(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PREDICT = re.compile(r"^> \*\*Predict", re.MULTILINE)
_DECIDE = re.compile(r"^\*\*Decide\.\*\*.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a lesson asks of its reader."""

    words: int  #: of prose, without what is fenced
    code_lines: int  #: of its cells and of code in its prose, blank ones left out
    shown_lines: (
        int  #: of our packages' code, which its cells print unfolded: each says how many, `# %% shows=7`
    )
    picture_lines: int  #: of diagrams
    predicts: int


def lesson_measures(path: Path, *, core: bool = False) -> Measures:
    """Count a printed lesson's words, lines and Predicts.

    What a cell prints isn't in the notebook: a test executes the lessons, and compares it with the marks.

    Args:
        path: the printed `lesson.ipynb`.
        core: count only what the core path reads, of further sections their headings and decisions.
    """
    cells = cast("list[Cell]", json.loads(path.read_bytes())["cells"])
    if core:
        cells = list(_core_cells(cells))
    prose = _joined(cells, "markdown")
    fenced = [(kind == "mermaid", _lines(text)) for kind, text in _FENCED.findall(prose)]
    return Measures(
        words=len(_FENCED.sub("", prose).split()),
        code_lines=_lines(_joined(cells, "code")) + sum(lines for drawn, lines in fenced if not drawn),
        shown_lines=sum(cell["metadata"].get("shows", 0) for cell in cells),
        picture_lines=sum(lines for drawn, lines in fenced if drawn),
        predicts=len(_PREDICT.findall(prose)),
    )


def _core_cells(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield what the core path reads."""
    further = False
    for cell in cells:
        text = "".join(cell["source"])
        prose = cell["cell_type"] == "markdown"
        if prose and text.startswith("## "):
            further = FURTHER in text
            if further:
                yield {**cell, "source": text.split("\n\n", 2)[:2]}
        if not further:
            yield cell
        elif prose and (decision := _DECIDE.search(text)):
            yield {**cell, "source": decision[0]}


def lesson_minutes(path: Path, *, core: bool = False) -> int:
    """Return how many minutes a lesson takes a reader who runs every cell, at least one.

    Args:
        path: the printed `lesson.ipynb`.
        core: for whoever is on the core path, and skips what is further.
    """
    return _minutes(path, path.stat().st_mtime_ns, core)


@cache
def _minutes(path: Path, changed: int, core: bool) -> int:
    """Read a lesson again only when its file has changed."""
    found = lesson_measures(path, core=core)
    lines = found.code_lines + found.shown_lines + found.picture_lines
    seconds = 60 * (found.words / WORDS_A_MINUTE + lines / LINES_A_MINUTE)
    return max(1, round((seconds + SECONDS_A_PREDICT * found.predicts) / 60))


def _lines(code: str) -> int:
    return sum(bool(line.strip()) for line in code.splitlines())


def _joined(cells: list[Cell], kind: str) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)
