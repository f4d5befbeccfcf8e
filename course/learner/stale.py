"""Finds why a check would tell of an older answer than the one on the screen."""

from __future__ import annotations

import ast
import json
import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.submissions.notebook import ANSWER
from course.learner.catalogue import bound_names
from course.learner.needed_cells import needed_cells
from course.learner.runs import Run, runs

if TYPE_CHECKING:
    from pathlib import Path

    from course.learner.catalogue import CatalogueEntry

SAVE_SECONDS = 2.0  #: a file may be written this much later than what it holds was on the screen
TRIES, TRY_SECONDS = 10, 0.05  #: to read a file that is being written
AGAIN = "Run that cell (Shift+Enter), then check again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A notebook's code cells as they were last saved."""

    sources: Mapping[str, str]  #: by cell id
    answers: Mapping[str, str]  #: the ids of the answers' cells, by exercise
    at: float

    @classmethod
    def read(cls, path: Path | None) -> Saved:
        """Read a notebook file; what can't be read holds nothing."""
        try:
            if path is None:
                raise FileNotFoundError
            at, cells = path.stat().st_mtime, _whole(path)["cells"]
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            sources = {cell["id"]: "".join(cell["source"]) for cell in code}
            marks = {cell["id"]: cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in code}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(sources={}, answers={}, at=0)
        answers = {name.removesuffix(ANSWER): id_ for id_, name in marks.items() if name.endswith(ANSWER)}
        return cls(sources=sources, answers=answers, at=at)


def _whole(path: Path) -> Any:  # noqa: ANN401 — JSON
    """Read a notebook file that JupyterLab may be writing just now: it's empty for a moment."""
    for _ in range(TRIES - 1):
        with suppress(ValueError):
            return json.loads(path.read_bytes())
        time.sleep(TRY_SECONDS)
    return json.loads(path.read_bytes())


def older(
    entry: CatalogueEntry, notebook: Path | None, namespace: Mapping[str, Any], until: float = math.inf
) -> str:
    """Say why a verdict would be about an older answer than the one on the screen, if it would.

    Args:
        entry: the exercise.
        notebook: the file that the kernel belongs to, where that's known.
        namespace: what the kernel knows.
        until: a file saved after this proves nothing.
    """
    ran, saved = runs(), Saved.read(notebook)
    if saved.at > until:
        return ""
    return broken(entry, ran, saved) or changed(entry, ran, saved, namespace)


def broken(entry: CatalogueEntry, ran: Sequence[Run], saved: Saved) -> str:
    """Say that the answer's cell is no Python, if that is what was last run of it."""
    answer = _last_answer(entry, ran, saved)
    if answer is None or (fault := _fault(answer.source)) is None:
        return ""
    where = f" in line {fault.lineno}" if fault.lineno else ""
    return (
        "When you last ran your answer's cell, it wasn't valid Python, so none of it ran: "
        f"{fault.msg}{where}. "
        "Fix that if you haven't yet, run the cell, and check again."
    )


def changed(entry: CatalogueEntry, ran: Sequence[Run], saved: Saved, namespace: Mapping[str, Any]) -> str:
    """Say which cell of the answer was changed after it was last run.

    Only the file tells what is on the screen, so this knows what JupyterLab has saved by now.
    """
    last = {run.cell_id: run for run in ran if run.cell_id in saved.sources}
    other = [
        run
        for run in last.values()
        if saved.at > run.at + SAVE_SECONDS and not _same(saved.sources[run.cell_id], run.source)
    ]
    if not other:
        return ""
    needed = needed_cells(entry.defines, [run.source for run in ran], namespace).cells
    old = [run for run in other if run.source in needed]
    if any(run.cell_id == saved.answers.get(entry.name) for run in old):
        return f"You've changed your answer since you last ran it. {AGAIN}"
    names = ", ".join(f"`{name}`" for run in old for name in bound_names(run.source))
    return f"You've changed the cell that defines {names} since you last ran it. {AGAIN}" if old else ""


def _same(one: str, other: str) -> bool:
    """Whether two cells do the same: a new comment or an empty line needs no run."""
    try:
        return one == other or ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError):
        return False


def _last_answer(entry: CatalogueEntry, ran: Sequence[Run], saved: Saved) -> Run | None:
    """Return the last run of the answer: of its cell, or of any that defines its names, broken or not."""
    cell, defines = saved.answers.get(entry.name), _definition(entry.defines)
    theirs = (run for run in reversed(ran) if run.cell_id == cell or (defines and defines.search(run.source)))
    return next(theirs, None)


def _definition(names: Iterable[str]) -> re.Pattern[str] | None:
    """Match what defines one of these names at top level, in text that may be no Python."""
    either = "|".join(map(re.escape, names))
    pattern = rf"^(?:(?:async\s+def|def|class)\s+(?:{either})\b|(?:{either})\s*[:=])"
    return re.compile(pattern, re.MULTILINE) if either else None


def _fault(source: str) -> SyntaxError | None:
    """Return what is wrong with a cell, as IPython reads it: magics and `await` are right."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        text = TransformerManager().transform_cell(source)
        compile(text, "answer", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return error
    except ValueError:  # a null byte
        return SyntaxError("there's a null byte in it")
    return None
