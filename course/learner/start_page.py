"""Lays out a learner's workspace: the notebooks, and the page that opens first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from course.learner.catalogue import read_title

if TYPE_CHECKING:
    from course.learner.workspace import Workspace
    from course.paths import Root

START = "START.md"
NOT_FOR_LEARNERS = {".py", ".pyc"}
"""Sources of the prints: a learner who had both would not know which to edit."""

_START_PAGE = """\
# Persistence and memory in LangGraph

{modules}

## How it works

1. Open a module's **lesson** and run it from top to bottom with Shift+Enter. Change things; break them.
   Every lesson runs on this machine alone: no key, no account, no network.
2. Open its **exercises**. Under each prompt there is one cell for your answer. Run it, then run the
   cell below it, `check("…")`: a card says which tests pass, and what to look at where one does not.
   Helpers may have cells of their own. Two answers may each have a `State`: where a later answer uses a
   name again, yours is graded with the cells above it.
3. Stuck? `hint("…")` in any cell shows one hint more at each call.
4. `timeline(graph, config)` draws every checkpoint of a thread. When something surprises you, look
   there first: compare any two of them, and fork from one to try what would have happened.

Your work lies in this folder and nowhere else. Starting the course again, or updating it, never
overwrites what you changed: a new version of a notebook is laid beside yours as `exercises.new.ipynb`.
To begin an exercise notebook again, delete it and start the course again.

## Handing in

In a class, hand in the `exercises.ipynb` of a module as you saved it: check once more with `course check`,
which reads the saved file. A few more tests run when it is graded; the cards name them. On your own, the
cards are your grade, and the last question of a module, in words, is between you and the lesson.

## From a terminal

| command | does |
|---|---|
| `course progress` | shows what you have solved and what comes next |
| `course watch` | checks again whenever you save, one exercise at a time |
| `course check NAME` | checks one exercise, as saved |
| `course hint NAME` | shows the next hint |
| `course timeline DB` | lists the threads of any LangGraph SQLite database; `--thread ID` draws one |

In JupyterLab, *File → New → Terminal* opens one in which these commands work.
"""


def files_for_learners(root: Root) -> dict[str, bytes]:
    """What goes into a workspace, by its path there. No hidden test, no answer, no source of a print."""
    files = {START: _start_page(root).encode()}
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


def _start_page(root: Root) -> str:
    lines = [
        f"{number}. **{read_title(root.notebook(module, 'lesson'))}** — "
        f"[lesson]({module}/lesson.ipynb) · [exercises]({module}/exercises.ipynb)"
        for number, module in enumerate(root.module_names(), start=1)
    ]
    return _START_PAGE.format(modules="\n".join(lines))
