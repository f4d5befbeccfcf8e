"""Writes `receipts.csv`: for each submission the file, its hash, the times, and what it got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.reports.atomic_write import replace_lines
from autograder.reports.export import csv_line, inert
from autograder.results.graded import GradedSubmission

HEAD = (
    *("student", "module", "file", "sha256", "handed_in", "due", "recorded"),
    *("verdicts", "late", "earned", "points", "mark"),
)


def write_receipts(path: Path, rows: Iterable[tuple[GradedSubmission, str]]) -> None:
    """Write a line for each submission. Each comes with the time at which its marks were recorded."""
    replace_lines(path, receipt_lines(rows), encoding="utf-8-sig")  # the mark is for Excel


def receipt_lines(rows: Iterable[tuple[GradedSubmission, str]]) -> Iterator[str]:
    """Yield the table."""
    yield csv_line(HEAD)
    for row, recorded in rows:
        receipt = row.receipt
        yield csv_line(
            [
                *(inert(row.student), inert(row.module), inert(receipt.file), receipt.sha256),
                *(receipt.handed_in, receipt.extended or receipt.due, recorded),
                *("; ".join(verdicts(row)), f"{row.late:g}", f"{row.earned:g}", f"{row.points:g}"),
                "provisional" if row.waiting else "final",
            ]
        )


def verdicts(row: GradedSubmission) -> Iterator[str]:
    """Yield how each exercise and each question stands, and what a person gave in place of the tests."""
    for exercise in row.exercises:
        yield f"{exercise.name}: {exercise.status}, {exercise.earned:g} of {exercise.points:g}"
    for mark in row.overrides:
        if mark.earned is not None:
            yield f"{mark.name}: by hand, {mark.earned:g} of {mark.points:g}"
    for mark in row.manual:
        given = "to be graded" if mark.earned is None else f"{mark.earned:g} of {mark.points:g}"
        yield f"{mark.name}: {given}"
