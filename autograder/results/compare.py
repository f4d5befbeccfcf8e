"""Compares two gradings of one submission: which marks differ, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autograder.results.changes import GradeChange, Reason
from autograder.results.graded import GradedSubmission
from autograder.results.store_rows import Record
from autograder.sandbox.outcomes import Status

LATE = "late"
"""Names the change of a penalty, beside the exercises and questions."""

NOT_THERE = "not there"
_PARTS: tuple[Reason, ...] = ("versions", "tests", "inputs", "notebook")
"""What the parts of an exercise's key stand for, in their order (see `grading.keys`)."""
_RETRIED: tuple[Reason, ...] = ("retried",)
_AGAIN: tuple[Reason, ...] = ("again",)


def changes(before: Record, now: Record) -> Iterator[GradeChange]:
    """Yield what differs between two gradings of one submission: status or points, each with its reasons."""
    old, new = _words(before.submission), _words(now.submission)
    found = now.submission
    for name in {**old, **new}:  # in the order of the page
        was, is_now = old.get(name, NOT_THERE), new.get(name, NOT_THERE)
        if was != is_now:
            why = tuple(_why_late(before, now) if name == LATE else _why(name, before, now))
            yield GradeChange(
                student=found.student, module=found.module, name=name, before=was, now=is_now, why=why
            )


def score(words: str) -> str:
    """Return what a mark is, as a learner is told: `2 of 5` of `failed, 2 of 5`."""
    return words.rpartition(", ")[2]


def penalty(words: str) -> str:
    """Return what lateness costs, as a learner is told: nothing where it isn't noted."""
    return "0" if words == NOT_THERE else words


def _words(row: GradedSubmission) -> Mapping[str, str]:
    words = {e.name: f"{e.status}, {e.earned:g} of {e.points:g}" for e in row.exercises}
    for mark in row.overrides:
        if mark.earned is not None and mark.name in words:
            words[mark.name] += f"; by hand {mark.earned:g}"
    for mark in row.manual:
        words[mark.name] = "to be graded" if mark.earned is None else f"{mark.earned:g} of {mark.points:g}"
    if row.late:
        words[LATE] = f"{-row.late:g}"
    return words


def _why(name: str, before: Record, now: Record) -> Iterator[Reason]:
    """Yield why an exercise's or a question's mark isn't what it was."""
    old, new = before.fingerprints.get(name, ""), now.fingerprints.get(name, "")
    if name in _questions(now):
        yield from _why_question(name, before, now)
    elif not (name in _statuses(before) and name in _statuses(now)):
        yield "tests"  # there's an exercise more, or less
    elif old and new:
        parts = zip(_PARTS, old.split(":"), new.split(":"), strict=False)
        for reason, was, is_now in parts:
            if was != is_now:
                yield reason
    elif _file_changed(before, now):
        yield "notebook"
    elif old != new:
        yield from (_RETRIED if _statuses(before)[name] == "internal error" else _AGAIN)
    if _overridden(name, before) != _overridden(name, now):
        yield "person"


def _why_question(name: str, before: Record, now: Record) -> Iterator[Reason]:
    """Yield why a question's mark changed. A blank has no points by itself, and needs no person for that."""
    if rewritten := before.answer_hashes.get(name) != now.answer_hashes.get(name):
        yield "notebook"
    if _questions(before).get(name) != _questions(now)[name] and (not rewritten or _questions(now)[name]):
        yield "person"


def _why_late(before: Record, now: Record) -> Iterator[Reason]:
    """Yield why lateness costs something else than it did."""
    was, is_now = before.submission.receipt, now.submission.receipt
    moved: Reason = "due date" if was.due != is_now.due else "extension"
    if was.handed_in != is_now.handed_in:
        yield "handed in"
    if (was.due, was.extended) != (is_now.due, is_now.extended):
        yield moved
    elif was.handed_in == is_now.handed_in:
        yield "price"


def _statuses(record: Record) -> Mapping[str, Status]:
    return {exercise.name: exercise.status for exercise in record.submission.exercises}


def _file_changed(before: Record, now: Record) -> bool:
    was, is_now = before.submission.receipt.sha256, now.submission.receipt.sha256
    return bool(was) and was != is_now


def _questions(record: Record) -> Mapping[str, float | None]:
    return {mark.name: mark.earned for mark in record.submission.manual}


def _overridden(name: str, record: Record) -> float | None:
    """Return the points that a person set in place of the tests'."""
    auto = {exercise.name: exercise.mark for exercise in record.submission.exercises}
    given = {mark.name: mark.earned for mark in record.submission.overrides}
    return given[name] if name in given and given[name] != auto.get(name) else None
