"""Prints START.ipynb, the page that opens first: where you are, the warm-up, how it works."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from autograder.submissions.notebook import ANSWER
from course.learner import warm_up

OVERVIEW = "course-overview"  #: the tag of the cell that shows where the learner is

_WELCOME = """\
# Persistence and memory in LangGraph

Build agents that survive a crash, wait for people, and remember. Everything runs on this machine: no key, no
account, no network.

Begin with the warm-up, a few lines down. The code cell here shows where you are: click into it and press
Shift+Enter, and it follows your checks from then on.
"""

_SHOW = """\
from course import overview

overview()
"""

_HOW = """\
## How it works

1. Open a module's **lesson** and run it from top to bottom with Shift+Enter. Change things; break them.
2. Open its **exercises**. Under each prompt there's one cell for your answer. Run it, then run the cell
   below it, `check("…")`. A card says which tests pass, and what to look at where one doesn't. Helpers may
   have cells of their own. Two answers may use the same name, such as `State`: each is graded with its own.
3. Stuck? `hint("…")` in any cell shows one more hint each time you call it.
4. `timeline(graph, config)` draws every checkpoint of a thread. When something surprises you, look there
   first. You can compare any two checkpoints, and fork from one to try what would have happened.

Your work is in this folder and nowhere else. Starting or updating the course never overwrites what you
changed: a new version of a notebook is put next to yours as `exercises.new.ipynb`. To begin an exercise
notebook again, delete it and start the course again.

## Handing in

In a class, hand in the `exercises.ipynb` of a module as you saved it. Check once more with `course check`,
which reads the saved file. A few more tests run when it's graded; the cards name them. On your own, the
cards are your grade, and the question in words at the end of a module is between you and the lesson.

## From a terminal

| command | does |
|---|---|
| `course progress` | shows what you've solved and what's next; `--save FILE` takes it to another machine |
| `course watch` | checks again whenever you save, one exercise at a time |
| `course check NAME` | checks one exercise, as saved |
| `course hint NAME` | shows the next hint |
| `course reset NAME` | gives an exercise back as it was handed out, and keeps your text beside it |
| `course timeline DB` | lists the threads of any LangGraph SQLite database; `--thread ID` draws one |

In JupyterLab, *File → New → Terminal* opens one in which these commands work.
"""


def start_notebook() -> bytes:
    """Return the notebook as it's laid out: the same bytes each time, without outputs."""
    name = warm_up.WARM_UP.name
    cells = [
        _cell("markdown", _WELCOME),
        _cell("code", _SHOW, tags=[OVERVIEW]),
        _cell("markdown", warm_up.PROMPT),
        _cell("code", warm_up.BLANK, nbgrader={"grade_id": f"{name}{ANSWER}"}),
        _cell("code", f'check("{name}")', nbgrader={"grade_id": name}),
        _cell("markdown", _HOW),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return _written(notebook)


def with_overview(notebook: bytes, shown: dict[str, str]) -> bytes:
    """Return a START notebook in which the cell of the overview shows this; nothing else of it is touched.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: this is no notebook.
    """
    found = json.loads(notebook)
    output = {"output_type": "display_data", "metadata": {}}
    output["data"] = {kind: text.splitlines(keepends=True) for kind, text in shown.items()}
    for cell in found["cells"]:
        if OVERVIEW in cell["metadata"].get("tags", ()) and cell["cell_type"] == "code":
            cell |= {"outputs": [output], "execution_count": None}
    return _written(found)


def _cell(kind: str, source: str, **metadata: object) -> dict[str, Any]:
    text = source.rstrip("\n")
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": hashlib.sha256(text.encode()).hexdigest()[:12],
        "metadata": metadata,
        "source": text.splitlines(keepends=True),
    }
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _written(notebook: dict[str, Any]) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
