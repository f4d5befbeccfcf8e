"""Checks exercises as saved in a notebook file, in a fresh process: for the terminal."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from autograder.counts import counted
from course.errors import CourseError, UsageError
from course.learner.catalogue import CatalogueEntry, entries

if TYPE_CHECKING:
    from autograder.grading.cells import CodeCell
    from autograder.results.verdicts import ExerciseResult
    from autograder.sandbox.zygote_client import ZygoteClient
    from autograder.submissions.assignment import Handout
    from autograder.submissions.notebook import SubmittedNotebook
    from autograder.testing.judge import Follower, Judge
    from course.learner.workspace import Workspace
    from course.paths import Root


class Checker:
    """Runs the public tests on saved notebooks; what is slow to start is started once. A context manager."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._judges: dict[str, Judge] = {}
        self._zygote: ZygoteClient | None = None
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def check(
        self, path: Path, names: tuple[str, ...] = (), follower: Follower | None = None
    ) -> tuple[ExerciseResult, ...]:
        """Check exercises of one notebook, by default all that a test can check.

        Raises:
            CourseError: when the file is no exercise notebook.
        """
        from autograder.grading.cells import grade_cells
        from autograder.sandbox.walls.tiers import UNISOLATED
        from autograder.sandbox.zygote_client import ZygoteClient
        from autograder.sandbox.zygote_process import ZygoteDied

        module, cells = _read(path, self._root)
        judge = self._judge(module)
        self._zygote = self._zygote or self._open.enter_context(
            ZygoteClient(tier=UNISOLATED, environment=os.environ)
        )
        try:
            return grade_cells(judge, self._zygote, cells, names=names or None, follower=follower)
        except ZygoteDied as error:
            self._zygote.restart()
            raise CourseError(f"{path}: could not be checked, through no fault of yours ({error})") from None

    def _judge(self, module: str) -> Judge:
        from autograder.testing.judge import Judge

        if module not in self._judges:
            self._judges[module] = self._open.enter_context(Judge(self._root.public_tests(module)))
        return self._judges[module]


def oddities(path: Path, root: Root) -> tuple[str, ...]:
    """Say what whoever grades this file will be told about it: cells that are gone, doubled or changed.

    Raises:
        CourseError: when the file is no exercise notebook.
    """
    from autograder.submissions.restore import changes

    notebook, handout = _as_graded(path, root)
    return (*notebook.problems, *changes(notebook, handout))


def _read(path: Path, root: Root) -> tuple[str, list[CodeCell]]:
    """The module of a notebook, and the cells that are run: the same as when a class is graded."""
    from autograder.grading.cells import cells_to_run

    notebook, handout = _as_graded(path, root)
    return handout.module, list(cells_to_run(notebook, handout).values())


def _as_graded(path: Path, root: Root) -> tuple[SubmittedNotebook, Handout]:
    """Read a saved notebook as a grader does, and what was handed out."""
    from autograder.submissions.assignment import read_handout
    from autograder.submissions.notebook import Unreadable, read_notebook
    from autograder.submissions.restore import restored

    try:
        notebook = read_notebook(path)
    except Unreadable as error:
        raise CourseError(f"{path}: {error}") from None
    if notebook.module not in root.module_names():
        raise UsageError(
            f"{path}: not an exercise notebook of this course; `course lab` lays out those there are"
        )
    handout = read_handout(root.notebook(notebook.module, "exercises"))
    return restored(notebook, handout), handout


def unreadable(path: Path) -> str:
    """Say why a notebook can't be read just now, in the middle of a save; empty where it can."""
    try:
        whole = isinstance(json.loads(path.read_bytes()), dict)
    except FileNotFoundError:
        return "isn't there just now. It's checked as soon as it's back; `course lab` lays it out anew."
    except (OSError, ValueError):
        whole = False
    return "" if whole else "can't be read just now: it may be half saved. Save it once more."


def answers(notebooks: list[Path], root: Root) -> dict[str, str]:
    """Every answer as it is saved, by exercise; nothing from a file that cannot be read just now."""
    found: dict[str, str] = {}
    for path in notebooks:
        with contextlib.suppress(CourseError):
            found |= {cell.exercise: cell.source for cell in _read(path, root)[1] if cell.exercise}
    return found


def text_of_questions(results: list[ExerciseResult], root: Root) -> str:
    """What no test checks in the modules that these results are of: a line for each question."""
    known = entries(root)
    modules = {known[result.name].module for result in results}
    asked = [entry for entry in known.values() if entry.manual and entry.module in modules]
    return "\n".join(f"✎ {e.name} ({counted(e.points, 'point')}): a person reads your answer" for e in asked)


def choose(root: Root, workspace: Workspace, target: str | None) -> list[tuple[Path, tuple[str, ...]]]:
    """Which notebooks and exercises a FILE, a NAME, a module, or nothing at all stands for.

    Raises:
        UsageError: when it stands for none; it names the nearest.
    """
    modules = root.module_names()  # the folder of an earlier version's module may lie beside them
    notebooks = {path.parent.name: path for path in workspace.notebooks() if path.parent.name in modules}
    if target is None:
        return [(path, ()) for path in notebooks.values()]
    if target in notebooks:
        return [(notebooks[target], ())]
    if target.endswith(".ipynb") or "/" in target:
        path = Path(target).expanduser()
        if not path.is_file():
            near = difflib.get_close_matches(
                target, [str(path) for path in notebooks.values()], n=1, cutoff=0.5
            )
            raise UsageError(f"{target}: no such file{f': did you mean `{near[0]}`?' if near else ''}")
        return [(path, ())]
    known = entries(root)
    if not (exercise := known.get(target)):
        near = difflib.get_close_matches(target, [*known, *notebooks], n=1)
        offer = f"did you mean `{near[0]}`?" if near else f"modules: {', '.join(notebooks)}"
        raise UsageError(f"there is no exercise or module `{target}`; {offer}")
    if exercise.manual:
        raise UsageError(f"`{target}` is a question that a person reads: there is nothing to check")
    return [(_notebook_of(notebooks, exercise), (target,))]


def _notebook_of(notebooks: dict[str, Path], exercise: CatalogueEntry) -> Path:
    if exercise.module in notebooks:
        return notebooks[exercise.module]
    raise UsageError(
        f"`{exercise.module}/exercises.ipynb` is not in your workspace: `course lab` lays it out"
    )
