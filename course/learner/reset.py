"""Gives a learner the blank of an exercise back, and keeps what they wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.submissions.notebook import ANSWER
from course.errors import CourseError, UsageError
from course.learner.catalogue import CatalogueEntry, find
from course.learner.workspace import write_atomically

if TYPE_CHECKING:
    from course.learner.workspace import Workspace
    from course.paths import Root

KEPT = "before_reset"
"""The folder beside the notebook in which earlier answers are kept."""


def reset(name: str, root: Root, workspace: Workspace) -> Path | None:
    """Put an exercise's blank into the notebook again.

    Returns:
        Where the answer that was there is kept; none where it was blank already.

    Raises:
        UsageError: there is no such exercise.
        CourseError: the notebook isn't there, can't be read, or no longer has the cell.
    """
    entry = find(name, root)
    path = workspace.path / entry.module / "exercises.ipynb"
    notebook = _read(path)
    cell = _answer(notebook, entry, path)
    blank = _answer(_read(root.notebook(entry.module, "exercises")), entry, path)
    written, printed = "".join(cell["source"]), "".join(blank["source"])
    if written.strip() == printed.strip():
        return None
    kept = _free(path.parent / KEPT, entry)
    write_atomically(kept, written.rstrip().encode() + b"\n")
    cell["source"] = blank["source"]
    if cell.get("cell_type") == "code":
        cell |= {"outputs": [], "execution_count": None}
    write_atomically(path, json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n")
    return kept


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(path.read_bytes())
        assert isinstance(notebook["cells"], list)
    except FileNotFoundError:
        raise CourseError(f"{path}: isn't there: `course lab` lays it out") from None
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        raise CourseError(f"{path}: can't be read as a notebook; save it again in JupyterLab") from None
    return notebook


def _answer(notebook: dict[str, Any], entry: CatalogueEntry, path: Path) -> dict[str, Any]:
    wanted = entry.name if entry.manual else entry.name + ANSWER
    for cell in notebook["cells"]:
        if isinstance(cell, dict) and _grade_id(cell) == wanted:
            return cell
    raise UsageError(
        f"{path}: the cell for `{entry.name}` isn't there any more; copy what you need, "
        "delete the notebook, and run `course lab`"
    )


def _grade_id(cell: dict[Any, Any]) -> str:
    try:
        return str(cell["metadata"]["nbgrader"]["grade_id"])
    except (KeyError, TypeError):
        return ""


def _free(folder: Path, entry: CatalogueEntry) -> Path:
    """A name that no earlier answer has."""
    suffix, number = ".md" if entry.manual else ".py", 1
    while (path := folder / f"{entry.name}_{number}{suffix}").exists():
        number += 1
    return path
