"""Writes the marks of a graded class as Canvas, Moodle or Blackboard import them.

Each system finds people by its own key, and makes a column for a name that it doesn't know. Canvas reads the
first five columns of its own gradebook export, and a second row with the points possible. Moodle lets you map
an address or an ID number when you import. Blackboard finds people by `Username`, and wants all cells quoted.

Where some files came from the system, whoever's came from another one is left out: it doesn't know them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Literal

from autograder.reports.atomic_write import replace_lines
from autograder.reports.export import csv_line, inert
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.results.roster import Person, Roster
from autograder.results.store import Store
from course.errors import UsageError
from course.instructor.export_feedback import UNKNOWN, target

System = Literal["canvas", "moodle", "blackboard", "csv"]

HEADS: Mapping[System, tuple[str, ...]] = {
    "canvas": ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
    "moodle": ("ID number", "Email address", "Full name"),
    "blackboard": ("Username",),
    "csv": ("student", "name", "email", "section"),
}

FOR_PEOPLE = ("moodle", "csv")
"""These begin with a mark that tells Excel of UTF-8. Canvas or Blackboard might take it for letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What one student has in each module; nothing where a mark is provisional or nothing was handed in."""

    student: str
    person: Person | None
    by_module: Mapping[str, float]

    @property
    def key(self) -> str:
        """Who it is, whatever their files are called."""
        return self.person.id if self.person else self.student


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    path: Path
    students: int
    elsewhere: int = 0  #: students who were left out, since their files came from another system
    provisional: int  #: marks that were left out, since points wait
    strangers: tuple[str, ...] = ()  #: who isn't on the roster, if there is one: the system may not know them


def export_marks(
    folder: Path, system: System, path: Path, columns: Mapping[str, str], *, provisional: bool = False
) -> Exported:
    """Write the marks of a graded class to `path`.

    Args:
        folder: what `course grade --out` wrote.
        system: whose format.
        path: the file to write.
        columns: what a module's column is called there, by module; by default its name.
        provisional: write marks, too, that wait for a person.

    Raises:
        UsageError: nothing was graded into the folder, or there is no such module.
    """
    out = OutputFolder(folder)
    if not out.store.is_file():
        raise UsageError(f"`{folder}` is no graded class: name the folder that `course grade --out` wrote")
    with Store(out.store) as store:
        rows, roster = list(store.submissions()), store.roster()
    points = {row.module: row.points for row in rows if row.points}
    if unknown := set(columns) - set(points):
        raise UsageError(f"`--column`: nothing of a module `{min(unknown)}` was graded: {', '.join(points)}")
    elsewhere = _elsewhere(rows, system)
    rows_here = [row for row in rows if row.student not in elsewhere]
    waiting = 0 if provisional else sum(row.waiting > 0 for row in rows_here)
    class_marks = [*_marks(rows_here, roster, provisional=provisional), *_absent(rows, roster)]
    modules = sorted(points)
    lines = _table(system, class_marks, modules, points, columns)
    replace_lines(path, lines, encoding="utf-8-sig" if system in FOR_PEOPLE else "utf-8")
    return Exported(
        path=path,
        students=len(class_marks),
        elsewhere=len(elsewhere),
        provisional=waiting,
        strangers=tuple(roster.strangers(m.student for m in class_marks)),
    )


def _elsewhere(rows: Iterable[GradedSubmission], system: System) -> set[str]:
    """Return whose files were all downloaded from other systems, in a class that uses this one, too."""
    if system == "csv":
        return set()
    origins: dict[str, set[str]] = {}
    for row in rows:
        found = {each for each in UNKNOWN if target(each, row.receipt.lms_name, row.module)}
        origins.setdefault(row.student, set()).update(found)
    used = any(system in found for found in origins.values())
    return {student for student, found in origins.items() if used and found and system not in found}


def _marks(rows: Iterable[GradedSubmission], roster: Roster, *, provisional: bool) -> Iterator[Marks]:
    found: dict[str, Marks] = {}
    for student, group in groupby(rows, key=lambda row: row.student):
        final = {row.module: row.earned for row in group if row.module and (provisional or not row.waiting)}
        marks = Marks(student=student, person=roster.person(student), by_module=final)
        known = found.get(marks.key)
        if known and not {*known.by_module} & {*final}:  # Moodle numbers people anew in each assignment
            found[marks.key] = replace(known, by_module={**known.by_module, **final})
        else:
            found[student if known else marks.key] = marks
    yield from found.values()


def _absent(rows: Iterable[GradedSubmission], roster: Roster) -> Iterator[Marks]:
    there = {row.student for row in rows}
    for person in (*roster.missing(there), *roster.unclear(there)):
        yield Marks(student=person.id, person=person, by_module={})


def _table(
    system: System,
    class_marks: Iterable[Marks],
    modules: Sequence[str],
    points: Mapping[str, float],
    columns: Mapping[str, str],
) -> Iterator[str]:
    head = HEADS[system]
    line = partial(csv_line, quote_all=system == "blackboard")
    yield line([*head, *(columns.get(module, module) for module in modules)])
    if system == "canvas":
        worth = [f"{points[module]:g}" for module in modules]
        yield line(["    Points Possible", *[""] * (len(head) - 1), *worth])
    for marks in class_marks:
        cells = [f"{marks.by_module[m]:g}" if m in marks.by_module else "" for m in modules]
        yield line([*map(inert, _who(system, marks)), *cells])


def _who(system: System, marks: Marks) -> tuple[str, ...]:
    person = marks.person or Person(id=_canvas_id(marks.student) if system == "canvas" else marks.student)
    match system:
        case "canvas":
            return person.name or marks.student, person.id, "", person.email, person.section
        case "moodle":
            return person.id, person.email, person.name or marks.student
        case "blackboard":
            return (person.id,)
        case "csv":
            return marks.student, person.name, person.email, person.section


def _canvas_id(student: str) -> str:
    """Return the user's number, which Canvas puts at the end of a name."""
    found = re.search(r"_(\d+)$", student)
    return found[1] if found else student
