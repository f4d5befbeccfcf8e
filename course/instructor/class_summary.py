"""Summarises a grading run: lines for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.counts import counted
from autograder.reports.export import totals
from autograder.results.graded import GradedSubmission
from autograder.submissions.lms_names import HIDDEN

if TYPE_CHECKING:
    from course.instructor.grade_class import Run

CHANGES = 40
"""So many changes are told one by one; all of them are in the summary for programs."""


def summary(run: Run) -> Iterator[str]:
    """Yield what `--json` prints, piece by piece: a class may be large."""
    facts = {
        "graded": run.graded,
        "new": run.new,
        "reprinted": run.reprinted,
        "unchanged": run.unchanged,
        "total": run.total,
        "internal_errors": run.failed,
        "changes": [asdict(change) for change in run.changes],
        "gone": [{"student": student, "module": module} for student, module in run.gone],
        "missing": [asdict(person) for person in run.missing()],
        "seconds": round(run.seconds, 2),
        **{name: str(path) for name, path in places(run)},
    }
    yield json.dumps(facts, indent=1).removesuffix("\n}") + ',\n "submissions": ['
    for number, row in enumerate(run.submissions()):
        yield (",\n  " if number else "\n  ") + json.dumps(in_summary(row))
    yield "\n ]\n}\n"


def in_summary(row: GradedSubmission) -> dict[str, Any]:
    """Return a submission as programs get it."""
    return {
        "student": row.student,
        "module": row.module,
        **totals(row),
        "exercises": {e.name: {"status": e.status, "earned": e.earned} for e in row.exercises},
        "to_grade": [mark.name for mark in row.manual if mark.earned is None],
        "error": row.error,
    }


def trouble(run: Run) -> Iterator[str]:
    """Say what went wrong on our side, and where the tracebacks are."""
    if run.failed:
        count = "1 submission" if run.failed == 1 else f"{run.failed} submissions"
        yield f"Internal error: {count} could not be graded, through no fault of the learners."
        yield "No mark was written for them; the same command tries them again."
    elif run.troubled:
        yield "Internal error: some pages or late penalties could not be made; the same command tries again."
    if run.troubled:
        yield f"What happened: {run.out.log}"


def places(run: Run) -> Iterator[tuple[str, Path | str]]:
    """Where everything lies, by what it is."""
    out = run.out
    yield "gradebook", run.gradebook
    yield "feedback", out.feedback
    yield "autograded", out.autograded
    yield "grades", out.csv
    yield "receipts", out.receipts
    yield "results", out.results


def told(run: Run) -> Iterator[str]:
    """Say how many were graded, how fast, and what is not as it was."""
    judged = run.graded - run.reprinted
    rate = f", {judged / max(run.seconds, 0.001):.1f} a second" if judged else ""
    yield f"\n{judged} graded in {run.seconds:.1f} s{rate}: {run.new} for the first time"
    if run.reprinted:
        pages = counted(run.reprinted, "feedback page")
        yield f"{pages} made again, for points that people gave or dates that moved: nothing was run"
    yield f"{run.unchanged} unchanged since they were graded"
    marks = "1 mark" if len(run.changes) == 1 else f"{len(run.changes) or 'no'} marks"
    yield f"{marks} changed against the last run{':' if run.changes else ''}"
    for change in run.changes[:CHANGES]:
        why = f" ({change.told_why})" if change.why else ""
        yield f"  {change.student}  {change.module}/{change.name}: {change.before} → {change.now}{why}"
    if len(run.changes) > CHANGES:
        yield f"  … and {len(run.changes) - CHANGES} more: see --json"
    yield from _on_the_roster(run)
    if run.gone:
        gone = [f"{student} ({module})" for student, module in run.gone]
        yield f"{len(gone)} no longer in the inbox, their results stay: {some(gone)}"


def _on_the_roster(run: Run) -> Iterator[str]:
    """Say who handed in nothing, and whose submissions are nobody's."""
    students, of = run.students(), len(run.roster.people)
    if missing := list(run.roster.missing(students)):
        names = [f"{person.id} ({person.name})" if person.name else person.id for person in missing]
        yield f"{len(missing)} of {of} on the roster handed in nothing: {some(names)}"
    if unclear := [person.id for person in run.roster.unclear(students)]:
        yield f"{len(unclear)} of {of} on the roster may have handed in: see their notes: {some(unclear)}"
    if strangers := run.strangers():
        who = "1 handed in and isn't" if len(strangers) == 1 else f"{len(strangers)} handed in and aren't"
        yield f"{who} on the roster: {some(strangers)}"
    if hidden := sum(1 for student in students if HIDDEN.fullmatch(student)):
        have = "1 has" if hidden == 1 else f"{hidden} have"
        yield (
            f"{have} no name here: the system hides it, and calls them something else in the next"
            " assignment. Grade that one into another --out folder"
        )


def some(names: Sequence[str]) -> str:
    """Name the first ten."""
    return ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
