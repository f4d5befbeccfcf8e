"""A lesson as its reader sees it: the cells of the executed notebook, and what each of them put out."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from course.paths import Root
from course.site.executing import executed_lesson

ROOT = Root.find()


@cache
def cells(module: str) -> tuple[dict[str, Any], ...]:
    """The code cells of a module's executed lesson, in the notebook's own form."""
    book = json.loads(executed_lesson(ROOT, module).read_bytes())
    return tuple(cell for cell in book["cells"] if cell["cell_type"] == "code")


def code(module: str) -> str:
    """All code of a lesson."""
    return "\n".join(map(_source, cells(module)))


def shown(module: str, part: str) -> str:
    """What the one cell put out whose source holds `part`: its text, and what it drew."""
    found = [cell for cell in cells(module) if part in _source(cell) and not _source(cell).startswith("%%")]
    assert len(found) == 1, f"{len(found)} cells of {module} hold {part!r}"
    return "".join(map(_text, found[0]["outputs"]))


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _text(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    pieces = (output.get("text", ()), *(data.get(kind, ()) for kind in ("text/markdown", "text/html")))
    return "".join("".join(piece) for piece in pieces)
