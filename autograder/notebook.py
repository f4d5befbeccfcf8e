"""Reads a learner's notebook, which may be anything at all, into the cells to run.

Only `json` touches the file: nbformat would take 1.7 s to import, and validates by raising.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE_LIMIT = 20 << 20  #: bytes; an exercises notebook has some 30 kB
CELL_LIMIT = 2000


ANSWER = "_answer"
"""What the print adds to an exercise's name, to name its answer's cell."""


class Unreadable(Exception):
    """The file is no notebook that can be graded. The text says why, to the learner and the instructor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookCell:
    """A cell as it was submitted."""

    kind: str  #: code, markdown or raw
    source: str
    grade_id: str | None
    grade: bool  #: nbgrader gives points for it
    solution: bool  #: the learner was to change it
    points: float | None = None  #: what the cell claims to be worth; the tests decide

    @property
    def exercise(self) -> str | None:
        """Whose answer it is."""
        name = self.grade_id or ""
        return name.removesuffix(ANSWER) if name.endswith(ANSWER) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A notebook as it was submitted."""

    path: Path
    module: str | None  #: which module it says it is of
    cells: tuple[NotebookCell, ...]
    problems: tuple[str, ...]  #: what is odd about it, though it can be graded


def read_submission(path: Path) -> Submission:
    """Read a notebook from an untrusted file.

    Raises:
        Unreadable: it is too large, no JSON, no notebook of format 4, or not in Python.
    """
    notebook = _load(path)
    raw = notebook.get("cells")
    if notebook.get("nbformat") != 4 or not isinstance(raw, list):
        raise Unreadable(
            f"`{path.name}` is no notebook of format 4: save it in JupyterLab and hand it in again"
        )
    if len(raw) > CELL_LIMIT:
        raise Unreadable(f"`{path.name}` has {len(raw):,} cells; at most {CELL_LIMIT:,} are graded")
    metadata = _object(notebook.get("metadata"))
    language = _object(metadata.get("kernelspec")).get("language", "python")
    if language != "python":
        raise Unreadable(f"`{path.name}` is a notebook for {str(language)[:30]!r}, not for Python")
    cells = tuple(_cell(cell) for cell in raw if isinstance(cell, dict))
    module = _object(metadata.get("course")).get("module")
    return Submission(
        path=path,
        module=module if isinstance(module, str) else None,
        cells=cells,
        problems=tuple(_problems(cells)),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if not path.is_file() or path.is_symlink():
            raise Unreadable(f"`{path.name}` is no ordinary file")
        if size > SIZE_LIMIT:
            raise Unreadable(f"`{path.name}` has {size >> 20} MB; at most {SIZE_LIMIT >> 20} MB are graded")
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Unreadable(f"`{path.name}` cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"`{path.name}` is no JSON: save it in JupyterLab and hand it in again") from None
    return _object(notebook)


def _cell(raw: dict[str, Any]) -> NotebookCell:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    tags = _object(_object(raw.get("metadata")).get("nbgrader"))
    grade_id = tags.get("grade_id")
    return NotebookCell(
        kind=str(raw.get("cell_type")),
        source=_whole(source) if isinstance(source, str) else "",
        grade_id=grade_id if isinstance(grade_id, str) else None,
        grade=tags.get("grade") is True,
        solution=tags.get("solution") is True,
        points=float(points) if isinstance(points := tags.get("points"), int | float) else None,
    )


def _whole(text: str) -> str:
    """Replace half characters: JSON can hold them, and some editors leave them, but UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _problems(cells: tuple[NotebookCell, ...]) -> list[str]:
    ids = [cell.grade_id for cell in cells if cell.grade_id]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    return [f"there are {ids.count(name)} cells with the id `{name[:60]}`" for name in twice]


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
    return value if isinstance(value, dict) else {}
