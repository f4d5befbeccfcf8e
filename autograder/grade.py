"""Grades a class: from an inbox to gradebook, notebooks, feedback pages and tables."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from autograder.autograded import write_autograded
from autograder.crew import mark_all
from autograder.export import Column, Row, append_record, write_csv
from autograder.feedback import write_feedback
from autograder.gradebook import Book
from autograder.handout import Handout, read_handout
from autograder.inbox import Inbox
from autograder.judge import Judge
from autograder.marking import Marked, Material
from autograder.out import Out


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The modules that a class is graded in, read once."""

    materials: tuple[Material, ...]
    handouts: dict[str, Handout]
    points: dict[str, dict[str, float]]  #: by module and exercise, as the tests' marks say

    def columns(self, modules: set[str]) -> list[Column]:
        """The columns of the class's table: what was handed in, in teaching order."""
        found: list[Column] = []
        for module, points in self.points.items():
            if module in modules:
                found += [Column(module=module, name=name, points=worth) for name, worth in points.items()]
                questions = self.handouts[module].questions
                found += [
                    Column(module=module, name=q.grade_id, points=q.points, manual=True) for q in questions
                ]
        return found


def read_course(materials: Sequence[Material]) -> Course:
    """Read what a class is graded with.

    Raises:
        ValueError: tests that cannot be used; the text says which, and where.
    """
    points: dict[str, dict[str, float]] = {}
    for material in materials:
        with Judge(material.tests) as judge:
            points[material.module] = {
                n: sum(t.points for t in tests) for n, tests in judge.exercises.items()
            }
    handouts = {material.module: read_handout(material.handout) for material in materials}
    return Course(materials=tuple(materials), handouts=handouts, points=points)


def grade_class(
    inbox: Inbox, course: Course, out: Out, *, seed: int | None = None, jobs: int | None = None
) -> Generator[Row]:
    """Grade all submissions, and yield each as soon as all that is about it has been written.

    Stop early, and what was yielded is kept: only `grades.csv` is written by the caller, from the rows.
    """
    seed = secrets.randbits(32) if seed is None else seed
    jobs = usual_jobs(len(inbox.entries)) if jobs is None else max(1, min(jobs, len(inbox.entries)))
    out.path.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        marked = mark_all(inbox.entries, course.materials, seed=seed, jobs=jobs)
        stack.callback(marked.close)
        book = stack.enter_context(Book(out.gradebook))
        for material in course.materials:
            if any(entry.module == material.module for entry in inbox.entries):
                book.add_module(course.handouts[material.module], course.points[material.module])
                _list_in_formgrader(material, out)
        results = stack.enter_context(out.results.open("w", encoding="utf-8", errors="replace"))
        for item in marked:
            row = _kept(item, course, out, book)
            append_record(results, row)
            yield row


def usual_jobs(entries: int) -> int:
    """As many processes as processors, but one for every four submissions at most: it takes 2 s to start."""
    return max(1, min(os.cpu_count() or 1, entries // 4))


def _list_in_formgrader(material: Material, out: Out) -> None:
    """Put the handout where nbgrader looks for assignments: formgrader lists those alone."""
    target = out.source_of(material.module)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(material.handout, target)


def _kept(marked: Marked, course: Course, out: Out, book: Book) -> Row:
    """Write one submission into gradebook, notebook and feedback."""
    entry, handout = marked.entry, course.handouts.get(marked.entry.module)
    if handout is None:
        return Row(result=marked.result)  # nothing says which module it is: only the tables can hold it
    answers = marked.answers()
    row = Row(result=marked.result, manual=book.record(marked.result, answers, entry.submitted))
    try:
        write_autograded(marked, handout, out.notebook_of(entry))
        write_feedback(row, handout, answers, out.feedback_of(entry))
    except (
        ValueError,
        TypeError,
        LookupError,
        RecursionError,
    ) as error:  # a full disk ends the run, this not
        note = f"its pages could not be written ({type(error).__name__}: {error})"
        row = replace(
            row, result=replace(row.result, error="; ".join(filter(None, [row.result.error, note])))
        )
    return row


def write_table(rows: Sequence[Row], course: Course, out: Out) -> None:
    """Write `grades.csv` of what has been graded."""
    write_csv(out.csv, rows, course.columns({row.result.module for row in rows}))
