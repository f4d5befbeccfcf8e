"""Reads what learners wrote, from the notebooks that were graded, and what they were given to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograder.reports.output_folder import OutputFolder
from autograder.submissions.assignment import Handout
from autograder.submissions.notebook import ANSWER
from autograder.submissions.safe_read import Unreadable, as_object, read_bytes, read_object
from course.paths import Root


def answers(out: OutputFolder, student: str, module: str) -> dict[str, str]:
    """Return a learner's code by exercise; nothing where there is no notebook."""
    path = out.autograded_of(student, module)
    try:
        return dict(_code(read_object(path.name, read_bytes(path))))
    except Unreadable:
        return {}


def _code(notebook: dict[str, Any]) -> Iterator[tuple[str, str]]:
    cells: Any = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        name = as_object(as_object(as_object(cell).get("metadata")).get("nbgrader")).get("grade_id")
        if isinstance(name, str) and name.endswith(ANSWER) and isinstance(source := cell.get("source"), str):
            yield name.removesuffix(ANSWER), source


def handed_out(root: Root, handout: Handout) -> list[str]:
    """Return the code that a learner had: the handout's cells, the lesson's, and our own right answers.

    The last are nobody's to copy in class, but an answer that is like ours is like those of many.
    """
    module, found = handout.module, [slot.source for slot in handout.slots if slot.kind == "code"]
    try:
        path = root.notebook(module, "lesson")
        cells = read_object(path.name, read_bytes(path)).get("cells", [])
        found += ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    except Unreadable:  # a module without a lesson
        pass
    ours = (root.solutions / module).glob("*/answer.py"), (root.solutions / module).glob("*/right/*.py")
    return found + [path.read_text("utf-8") for paths in ours for path in sorted(paths)]
