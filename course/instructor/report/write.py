"""Writes the report on a graded class: a page for people, and the same as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from autograder.gradebook.connection import GradebookError, database_url
from autograder.gradebook.lateness import Booked, read_booked
from autograder.reports.atomic_write import replace_bytes
from autograder.reports.output_folder import OutputFolder
from course.errors import UsageError
from course.instructor.faults import told
from course.instructor.report import history
from course.instructor.report.gather import Gathered, gather
from course.paths import Root


def write_report(folder: Path, gradebook: str | None, *, similar: bool = True) -> tuple[Path, str]:
    """Write a class's report into its folder; return the page, and its JSON.

    Args:
        folder: what `course grade --out` wrote.
        gradebook: the URL of its gradebook, if `course grade` had one.
        similar: compare answers with each other.

    Raises:
        UsageError: nothing was graded into this folder, or its gradebook can't be opened.
        CourseError: its record can't be read, or the page can't be written.
    """
    out = OutputFolder(folder)
    if not out.store.is_file():
        raise UsageError(f"`{folder}` is no graded class: name the folder that `course grade --out` wrote")
    booked = _booked(out, gradebook)
    with told(folder):
        found = gather(Root.find(), out, booked, similar=similar)
        text = as_json(found)
        replace_bytes(out.report, _page(found, out, gradebook))
        replace_bytes(out.report.with_suffix(".json"), text.encode("utf-8", "replace"))
        history.remember(out.report_history, found.now)
    return out.report, text


def _booked(out: OutputFolder, gradebook: str | None) -> Booked:
    """Ask the gradebook; without any, nobody knows who was late."""
    where = gradebook or (out.gradebook if out.gradebook.is_file() else None)
    try:
        return read_booked(where) if where else Booked()
    except GradebookError as error:
        raise UsageError(str(error)) from None


def as_json(found: Gathered) -> str:
    """Return the report as programs get it."""
    return json.dumps(asdict(found.report), ensure_ascii=False, indent=1) + "\n"


def _page(found: Gathered, out: OutputFolder, gradebook: str | None) -> bytes:
    from course.instructor.report.page import page

    shown = database_url(gradebook).render_as_string(hide_password=True) if gradebook else ""
    return page(found, out, shown).encode("utf-8", "replace")
