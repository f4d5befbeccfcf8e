"""Keeps a class's marks in nbgrader's gradebook, where formgrader and other nbgrader tools find them.

Modules are entered through nbgrader's own code, once a run. Submissions, of which there are thousands, are
written to its tables in one transaction each: its own code takes 40 queries for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.gradebook.connection import GradebookError as GradebookError
from autograder.gradebook.connection import naive, opened
from autograder.gradebook.deadline import Deadline
from autograder.gradebook.lateness import person
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.gradebook.submissions import BookedSubmission, Cells, Entered, Ledger
from autograder.results.graded import GradedSubmission, ManualMark, manual_marks, untouched
from autograder.results.roster import Person
from autograder.submissions.assignment import Handout

NOTEBOOK = "exercises"
NO_ANSWER = "No response."  # nbgrader's own words for an answer that was not touched


class Gradebook:
    """An open gradebook. Use it as a context manager; only one grader may write to it.

    Args:
        where: a file, or any URL that SQLAlchemy knows, such as `postgresql://grader:…@host/grades`.

    Attributes:
        shown: where it is, without its password.

    Raises:
        GradebookError: it cannot be opened.
    """

    def __init__(self, where: Path | str) -> None:
        api = nbgrader_api()
        self._book, self.shown = opened(api, where)
        self._ledger = Ledger(api, self._book.engine)
        self._handouts: dict[str, Handout] = {}
        self._cells: dict[str, Cells] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ledger.close()
        self._book.close()

    def add_module(
        self, handout: Handout, points: Mapping[str, float], *, due: datetime | None = None
    ) -> None:
        """Make the module an assignment of nbgrader's; what is there already is brought up to date.

        `points` holds what each exercise is worth by its tests: what counts, where a print is out of date.
        `due` is when it is to be handed in; without it, what the gradebook says stands.
        """
        book, module = self._book, handout.module
        self._handouts[module] = handout
        given = {"duedate": naive(due)} if due else {}
        assignment = book.update_or_create_assignment(module, **given)
        kernel = json.dumps(handout.metadata.get("kernelspec", {}))
        notebook = book.update_or_create_notebook(NOTEBOOK, module, kernelspec=kernel)
        for slot in handout.slots:
            place = (slot.grade_id, NOTEBOOK, module)
            if slot.grade:
                worth = points.get(slot.grade_id, slot.points)
                book.update_or_create_grade_cell(*place, max_score=worth, cell_type=slot.kind)
            if slot.solution:
                book.update_or_create_solution_cell(*place)
            if slot.grade_id:
                facts = {"source": slot.source, "checksum": slot.checksum, "locked": slot.locked}
                book.update_or_create_source_cell(*place, cell_type=slot.kind, **facts)
        self._cells[module] = Cells(
            assignment=assignment.id,
            notebook=notebook.id,
            due=assignment.duedate,
            graded={cell.name: cell.id for cell in notebook.grade_cells},
            commented={cell.name: cell.id for cell in notebook.solution_cells},
        )
        book.db.commit()

    def people(self) -> Iterator[Person]:
        """Return the students that nbgrader knows, as `nbgrader db student` adds them."""
        student = nbgrader_api().Student  # its columns alone: 5,000 objects would stay in the session
        columns = (student.id, student.first_name, student.last_name, student.email)
        order = (student.last_name, student.first_name)
        return map(person, self._book.db.query(*columns).order_by(*order))

    def booked(self, module: str, student: str) -> BookedSubmission | None:
        """Return what the gradebook has of a submission; none when it has never heard of it."""
        return self._ledger.booked(self._cells[module], student)

    def deadline(self, module: str, booked: BookedSubmission | None) -> Deadline:
        """Return when a submission is due, with the extension that nbgrader granted."""
        due, extension = self._cells[module].due, booked.extension if booked else None
        return Deadline.of(due, extension)

    def record(
        self,
        graded: GradedSubmission,
        answers: Mapping[str, str],
        submitted: datetime | None,
        *,
        changed: frozenset[str] = frozenset(),
    ) -> tuple[ManualMark, ...]:
        """Write one submission's marks; return how its manual questions stand.

        What a person entered in formgrader stays; it waits for a second look where the text was `changed`.
        `answers` holds the learner's source by grade_id.
        """
        handout = self._handouts[graded.module]
        blank = untouched(handout, answers)
        auto = {exercise.name: exercise.mark for exercise in graded.exercises}
        auto |= {slot.grade_id: 0.0 if slot.grade_id in blank else None for slot in handout.questions}
        entered = Entered(
            auto=auto,
            comments=dict.fromkeys(blank, NO_ANSWER),
            submitted=naive(submitted),
            changed=changed,
            late=graded.late or None,
        )
        said = self._ledger.write(self._cells[graded.module], graded.student, entered)
        return manual_marks(handout, answers, said)
