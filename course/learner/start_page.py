"""Lays out a learner's workspace: the notebooks, and the page that opens first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from course.learner.start_notebook import start_notebook
from course.learner.workspace import is_as_laid_out

if TYPE_CHECKING:
    from course.learner.workspace import Workspace
    from course.paths import Root

START = "START.ipynb"
OLD_START = "START.md"
MOVED = f"The start page is [{START}]({START}) now.\n".encode()
NOT_FOR_LEARNERS = {".py", ".pyc"}
"""Sources of the prints: a learner who had both would not know which to edit."""


def files_for_learners(root: Root) -> dict[str, bytes]:
    """What goes into a workspace, by its path there. No hidden test, no answer, no source of a print."""
    files = {START: start_notebook()}
    for module in root.module_names():
        for path in sorted((root.modules / module).rglob("*")):
            inside = path.relative_to(root.modules)
            hidden = any(part.startswith((".", "__")) for part in inside.parts)
            ours = path.suffix in NOT_FOR_LEARNERS or path == root.promise(module)
            if path.is_file() and not hidden and not ours:
                files[inside.as_posix()] = path.read_bytes()
    return files


def left_behind(root: Root, workspace: Workspace) -> Iterator[str]:
    """Say where the exercises of a notebook are now, if its module was split or renamed.

    Nothing is moved or copied: cells of a learner's own may belong to an answer.
    """
    from autograder.submissions.notebook import read_notebook
    from autograder.submissions.safe_read import Unreadable
    from course.learner.catalogue import entries

    for path in workspace.notebooks():
        if path.parent.name in root.module_names():
            continue
        with contextlib.suppress(Unreadable):
            names = [cell.exercise for cell in read_notebook(path).cells]
            modules = sorted({entry.module for name, entry in entries(root).items() if name in names})
            if modules:
                now = " and ".join(f"`{module}`" for module in modules)
                yield f"{path}: its exercises are in {now} now; copy your answers, then remove this folder"


def old_start_page(workspace: Workspace) -> dict[str, bytes]:
    """Return what takes the place of the start page of earlier versions, where it's there and unchanged.

    It isn't removed: JupyterLab opens again what was open, and complains of what is gone.
    """
    return {OLD_START: MOVED} if is_as_laid_out(workspace, OLD_START) else {}
