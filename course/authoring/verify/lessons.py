"""Runs a lesson from top to bottom in a real kernel."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile

from course.authoring.percent import read_cells
from course.authoring.verify.rules import Problem
from course.paths import Root

CODE, TITLE = "E302", "Every lesson runs from top to bottom in a kernel"
CELL_SECONDS = 300  #: more than any cell takes, even where six other programs run


def run_lesson(root: Root, module: str, text: str) -> list[Problem]:
    """Run the printed lesson `text`; say where it stops, if it does."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it logs a kernel's start that Ctrl-C cut short
    env = {**os.environ, "COURSE_ROOT": str(root.path)}  # the kernel works in a folder outside the course
    reached = [0]

    def remember(cell_index: int, **_: object) -> None:
        reached[0] = cell_index

    with tempfile.TemporaryDirectory(prefix="lesson-") as folder:
        client = NotebookClient(
            nbformat.reads(text, as_version=4),
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            on_cell_start=remember,
        )
        try:
            client.execute(
                env=env, stderr=subprocess.DEVNULL
            )  # where the kernel logs; cells' stderr is an output
        except CellExecutionError as error:
            trouble = f"this cell raises {error.ename}: {error.evalue}"
        except CellTimeoutError:
            trouble = f"this cell takes more than {CELL_SECONDS} seconds"
        except DeadKernelError:
            trouble = "the kernel died in this cell"
        else:
            return []
    return [_stopped(root, module, reached[0], trouble)]


def _stopped(root: Root, module: str, index: int, trouble: str) -> Problem:
    path = root.lesson_source(module)
    line = read_cells(path)[index].line
    advice = 'mend it, or tag it "raises-exception" if it is meant to'
    return Problem(code=CODE, path=path, line=line, message=f"{trouble}: {advice}")
