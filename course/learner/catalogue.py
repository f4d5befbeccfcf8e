"""Lists the exercises of the course from the printed notebooks: titles, points, hints."""

from __future__ import annotations

import ast
import difflib
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from autograder.submissions.notebook import ANSWER
from course.errors import UsageError
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One exercise, as a learner's bundle knows it."""

    name: str
    module: str
    title: str
    role: str  #: `warm-up`, `core` or `further`; empty where the author doesn't say
    minutes: int  #: about how long it takes; 0 where the author doesn't say
    points: float  #: of all its tests, hidden ones included
    public_points: float
    hidden: tuple[str, ...]  #: titles of the tests that run only when it is graded
    hints: tuple[str, ...]
    manual: bool  #: graded by a person, so there is nothing to check
    defines: tuple[str, ...]  #: the names that the blank answer binds at top level

    @property
    def solution_url(self) -> str:
        """Where the worked answer stands on the site; empty in a bundle that was not told of a site.

        The variable `COURSE_SITE` says where the site is.
        """
        site = os.environ.get("COURSE_SITE", "")
        return f"{site.rstrip('/')}/modules/{self.module}/exercises.html#{self.name}" if site else ""


def entries(root: Root) -> dict[str, CatalogueEntry]:
    """Return every exercise of the course by name, in teaching order."""
    found: dict[str, CatalogueEntry] = {}
    for module in root.module_names():
        path = root.notebook(module, "exercises")
        if path.is_file():
            found |= _entries_of(path, path.stat().st_mtime_ns)
    return found


@cache
def _entries_of(path: Path, changed: int) -> dict[str, CatalogueEntry]:
    """Return the exercises of one notebook; it is read again when the file has changed."""
    notebook, module = json.loads(path.read_text(encoding="utf-8")), path.parent.name
    course, cells = notebook["metadata"]["course"], notebook["cells"]
    known = {**course["exercises"], **course.get("questions", {})}
    # The cells know the order; the metadata's keys are sorted.
    order = [grade_id for grade_id in map(_grade_id, cells) if grade_id in known]
    return {name: _entry(name, module, known[name], cells) for name in order}


def find(name: str, root: Root) -> CatalogueEntry:
    """Return one exercise.

    Raises:
        UsageError: there is none of this name; the text offers the nearest.
    """
    known = entries(root)
    if name in known:
        return known[name]
    if near := difflib.get_close_matches(name, known, n=1):
        raise UsageError(f"there is no exercise `{name}`; did you mean `{near[0]}`?")
    near = difflib.get_close_matches(name, known, n=1, cutoff=0)
    nearest = f"the nearest is `{near[0]}`, and " if near else ""
    raise UsageError(f"there is no exercise `{name}`; {nearest}`course progress` lists them all")


def _entry(name: str, module: str, known: dict[str, Any], cells: list[dict[str, Any]]) -> CatalogueEntry:
    blank = next((c for c in cells if _grade_id(c) == f"{name}{ANSWER}"), None)
    return CatalogueEntry(
        name=name,
        module=module,
        title=known["title"],
        role=known.get("role", ""),
        minutes=known.get("minutes", 0),
        points=known["points"],
        public_points=known.get("public_points", 0),
        hidden=tuple(known.get("hidden", ())),
        hints=tuple(known.get("hints", ())),
        manual=blank is None,
        defines=bound_names("".join(blank["source"])) if blank else (),
    )


def _grade_id(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def bound_names(source: str) -> tuple[str, ...]:
    """Return the names that a cell binds at top level, in order; none where it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ()
    names: dict[str, None] = {}
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names[name] = None
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((a.asname or a.name.split(".")[0], None) for a in aliases)
            case _:
                stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
                names.update((n.id, None) for n in stored if isinstance(n.ctx, ast.Store))
    return tuple(names)


def read_title(path: Path) -> str:
    """The H1 of a notebook; where there is none, the name of its folder, made readable."""
    try:
        cells = cast("list[dict[str, Any]]", json.loads(path.read_bytes())["cells"])
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (OSError, ValueError, KeyError, TypeError):
        text = ""
    found = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), "")
    return found or path.parent.name.partition("_")[2].replace("_", " ").capitalize()
