"""Prints notebooks: pure functions from what authors wrote to notebooks with nbgrader's marks.

Two forms of the exercises are made. The *answers* are nbgrader's source form, with solution regions. The
*release* is what learners open; it is made from the answers by nbgrader's own preprocessors, so that stock
`nbgrader generate_assignment` makes the same. Their bytes depend on nothing but what is in them: no random
ids, no versions, no dates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.authoring.exercise_source import ModuleSource
from course.authoring.percent import Cell, read_cells
from course.authoring.test_marks import TestSource

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.preprocessors import NbGraderPreprocessor

Transform = Callable[["NotebookNode"], "NotebookNode"]

CODE_STUB = '# Write your code here, and delete the next line.\nraise NotImplementedError("not written yet")'
TEXT_STUB = "Your answer here."

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # Without a version, which differs from one author's machine to the next.
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


def exercises_notebook(source: ModuleSource, tests: Sequence[TestSource]) -> NotebookNode:
    """Print what a learner opens: prompts, blanks and locked grade cells."""
    notebook = answers_notebook(source, tests)
    for transform in transforms():
        notebook = transform(notebook)
    return notebook


def answers_notebook(source: ModuleSource, tests: Sequence[TestSource]) -> NotebookNode:
    """Print the worked notebook in nbgrader's source form."""
    cells = [printed for cell in source.cells for printed in _printed(cell, tests)]
    return new_notebook(cells, course=_card(source, tests))


def lesson_notebook(path: Path) -> NotebookNode:
    """Print a lesson."""
    return new_notebook([new_cell(cell.kind, cell.text, cell.metadata) for cell in read_cells(path)])


def transforms() -> tuple[Transform, ...]:
    """The steps from answers to release, in order.

    They are stock `generate_assignment`'s own, in its order, less those that have nothing to do here (header
    and footer, instantiated tests, hidden tests, mark schemes) and the one that writes a gradebook.
    """
    from nbgrader import preprocessors as nbgrader  # late: 6 s

    return (
        _step(nbgrader.LockCells()),
        # Before the outputs go: it raises on a region that is never closed, naming the cell's source.
        _step(nbgrader.ClearSolutions(code_stub={"python": CODE_STUB}, text_stub=TEXT_STUB)),
        _step(nbgrader.ClearOutput()),
        # Before the checksums: they need each cell's grade_id, which this checks.
        _step(nbgrader.CheckCellMetadata()),
        # Last: a checksum is of the text that learners get, so no step may change a source after it.
        _step(nbgrader.ComputeChecksums()),
    )


def _step(preprocessor: NbGraderPreprocessor) -> Transform:
    def transform(notebook: NotebookNode) -> NotebookNode:
        return preprocessor.preprocess(notebook, {})[0]

    return transform


def _printed(cell: Cell, tests: Sequence[TestSource]) -> Iterator[NotebookNode]:
    """One cell of the source as no, one or two cells of the notebook."""
    match cell.role:
        case "plain":
            yield new_cell(cell.kind, cell.text, cell.metadata)
        case "prompt":
            yield new_cell(cell.kind, cell.text, _grader(f"{cell.exercise}_prompt", locked=True))
        case "answer":
            points = sum(test.points for test in tests if test.exercise == cell.exercise)
            yield new_cell(cell.kind, cell.text, _grader(f"{cell.exercise}_answer", solution=True))
            yield new_cell(
                "code",
                f'check("{cell.exercise}")',
                _grader(cell.exercise, grade=True, locked=True, points=points),
            )
        case "question":
            yield new_cell(
                cell.kind,
                cell.text,
                _grader(cell.exercise, grade=True, solution=True, points=cell.points),
            )


def _grader(grade_id: str, **marks: Any) -> dict[str, Any]:  # noqa: ANN401 — nbgrader's own mixed record
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**base, **marks, "grade_id": grade_id}}


def _card(source: ModuleSource, tests: Sequence[TestSource]) -> dict[str, Any]:
    """What `hint` and `progress` must know of the exercises, where there is no `solutions/`."""
    exercises: dict[str, Any] = {}
    questions: dict[str, Any] = {}
    for exercise in source.exercises:
        place = (
            {"role": exercise.place.role, "minutes": exercise.place.minutes} if exercise.place.role else {}
        )
        if exercise.manual_points is not None:
            questions[exercise.name] = {"title": exercise.title, "points": exercise.manual_points, **place}
            continue
        mine = [test for test in tests if test.exercise == exercise.name]
        exercises[exercise.name] = {
            "title": exercise.title,
            "points": sum(test.points for test in mine),
            "public_points": sum(test.points for test in mine if not test.hidden),
            "hidden": [test.title for test in mine if test.hidden],  # what they ask is no secret
            "hints": list(exercise.hints),
            **place,
        }
    return {"module": source.module, "exercises": exercises, "questions": questions}


def new_cell(kind: str, text: str, metadata: Mapping[str, Any]) -> NotebookNode:
    """Make a cell without outputs; `new_notebook` gives it its id."""
    from nbformat import v4  # late: 2 s

    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}[kind]
    return make(text, metadata=dict(metadata))


def new_notebook(cells: Sequence[NotebookNode], **metadata: Any) -> NotebookNode:  # noqa: ANN401 — JSON
    """Put cells in a notebook, with ids that stay the same as long as the cells do."""
    from nbformat import v4

    seen: set[str] = set()
    for cell in cells:
        # A graded cell is what its name says: the same in answers and release, though the text differs.
        content = cell.metadata.get("nbgrader", {}).get("grade_id") or f"{cell.cell_type}\n{cell.source}"
        while (cell_id := hashlib.sha256(content.encode()).hexdigest()[:12]) in seen:
            content += "\n"  # the same text a second time
        seen.add(cell_id)
        cell.id = cell_id
    return v4.new_notebook(cells=list(cells), metadata={**_METADATA, **metadata}, nbformat_minor=5)


def text_of(notebook: NotebookNode) -> str:
    """Write a notebook as its file holds it, to the byte."""
    from nbformat import v4

    return v4.writes(notebook) + "\n"
