"""Estimates how long a lesson takes, from its printed notebook."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pathlib import Path

WORDS_A_MINUTE = 180  #: prose, read with care
LINES_A_MINUTE = 12  #: code, read and run
SECONDS_A_PREDICT = 36  #: thinking of an answer before the output is seen

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PREDICT = re.compile(r"^> \*\*Predict", re.MULTILINE)


def lesson_minutes(path: Path) -> int:
    """Return how many minutes a lesson takes a reader who runs every cell, at least one.

    Args:
        path: the printed `lesson.ipynb`.
    """
    return _minutes(path, path.stat().st_mtime_ns)


@cache
def _minutes(path: Path, changed: int) -> int:
    """Read a lesson again only when its file has changed."""
    cells = cast("list[dict[str, Any]]", json.loads(path.read_bytes())["cells"])
    prose = _joined(cells, "markdown")
    code = "\n".join([_joined(cells, "code"), *_FENCED.findall(prose)])
    words = len(_FENCED.sub("", prose).split())
    lines = sum(bool(line.strip()) for line in code.splitlines())
    seconds = 60 * (words / WORDS_A_MINUTE + lines / LINES_A_MINUTE)
    return max(1, round((seconds + SECONDS_A_PREDICT * len(_PREDICT.findall(prose))) / 60))


def _joined(cells: list[dict[str, Any]], kind: str) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)
