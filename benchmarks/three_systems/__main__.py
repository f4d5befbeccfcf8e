"""Grades a class of 300 over three systems by the guide alone, and says how long each step took.

    .venv/bin/python -m benchmarks.three_systems [--count 300] [--keep DIR]

Every step is a command of docs/instructors.md. After each one, its result is compared with what was made up:
nobody's work is lost, doubled or given to somebody else.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.gradebook.nbgrader_import import nbgrader_api
from benchmarks.three_systems.hand_in import (
    ABSENT,
    DUE,
    MODULE,
    SYSTEMS,
    Desk,
    Kind,
    Student,
    students,
    write_download,
    write_roster,
)
from course.paths import Root

COURSE = Path(sys.executable).with_name("course")
GIVEN = 2.0  #: points that a person gives for an answer


@dataclass(slots=True)
class Term:
    """The class, its folder, and what has been found so far."""

    folder: Path
    people: list[Student]
    again: dict[int, Kind] = field(default_factory=dict[int, Kind])
    seconds: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    @property
    def out(self) -> Path:
        return self.folder / "graded"

    def of(self, system: str) -> list[Student]:
        return [student for student in self.people if student.system == system]

    def course(self, step: str, *words: str | Path) -> str:
        """Run the command; return what it printed."""
        with self.timed(step):
            done = subprocess.run([COURSE, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def timed(self, step: str) -> Generator[None]:
        started = time.monotonic()
        yield
        self.seconds.append((step, time.monotonic() - started))
        print(f"{self.seconds[-1][1]:7.1f} s  {step}", flush=True)

    def grade(self, step: str, system: str, *words: str | Path) -> dict[str, Any]:
        return json.loads(self.course(step, "grade", f"{system}.zip", "--module", MODULE, "--json", *words))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300, help="students in all (default 300)")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, which stays")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        term = Term(wanted.keep or Path(folder), students(wanted.count))
        term.folder.mkdir(exist_ok=True)
        go_through(term)
    print(f"{sum(seconds for _, seconds in term.seconds):7.1f} s  in all; every result was as it should be")


def go_through(term: Term) -> None:
    """Do what an instructor does in a term."""
    desk = Desk.open(Root.find())
    with term.timed("make up the class"):
        write_roster(term.folder / "class.csv", term.people)
        for system in SYSTEMS:
            write_download(term.folder / f"{system}.zip", desk, term.of(system), {})
    due = f"{MODULE}={DUE.isoformat()}"
    for system in SYSTEMS:
        first = ("--roster", "class.csv", "--due", due) if system == "canvas" else ()
        found = term.grade(f"grade {len(term.of(system))} of {system}", system, *first)
        assert found["new"] == len(term.of(system)), found["new"]
    check_grades(term)
    mark_by_hand(term)
    for system in SYSTEMS:
        found = term.grade(f"put a person's marks on the pages: {system}", system)
        assert found["new"] == 0
    check_grades(term, read=True)
    term.again = {
        s.number: "two" for s in term.people if s.kind in {"wrong", "unreadable"} and s.number % 3 == 0
    }
    for system in SYSTEMS:
        write_download(term.folder / f"{system}.zip", desk, term.of(system), term.again)
        theirs = [s for s in term.of(system) if s.number in term.again]
        found = term.grade(f"grade {len(theirs)} second attempts of {system}", system)
        assert found["graded"] >= len(theirs)
        assert {change["student"] for change in found["changes"]} == {s.graded_as for s in theirs}
        assert all("notebook" in change["why"] for change in found["changes"]), found["changes"]
    check_grades(term, read=True)
    some = term.of("canvas")[0].graded_as
    exercise = desk.source.exercises[0].name
    found = term.grade(
        "one student, one exercise again", "canvas", "--student", some, "--exercise", exercise, "--again"
    )
    assert (found["graded"], found["changes"]) == (1, [])
    found = term.grade("nothing new", "canvas")
    check_grades(term, read=True)
    send_back(term)


def mark_by_hand(term: Term) -> None:
    """Read every other answer, as in formgrader, and give one late student two days more."""
    where = f"sqlite:///{term.out / 'gradebook.db'}"
    with term.timed("a person marks in the gradebook"), nbgrader_api().Gradebook(where) as book:
        for student in read_by_a_person(term):
            submission = book.find_submission(MODULE, student.graded_as)
            for grade in submission.notebooks[0].grades:
                if grade.cell.cell_type == "markdown":
                    grade.manual_score, grade.needs_manual_grade = GIVEN, False
        book.db.commit()
        late = next(s for s in term.of("blackboard") if s.late)
        book.grant_extension(MODULE, late.graded_as, days=2)


def read_by_a_person(term: Term) -> list[Student]:
    explained = [student for student in term.people if student.explains and student.kind != "unreadable"]
    return explained[::2]


def check_grades(term: Term, *, read: bool = False) -> None:
    """Compare `grades.csv` with what was made up: a row for each person, equal marks for equal work."""
    with (term.out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert len(rows) == len(term.people) + ABSENT, (len(rows), len(term.people))
    assert sum(row["notes"] == "handed in nothing" for row in rows.values()) == ABSENT
    given = {student.number for student in read_by_a_person(term)} if read else set[int]()
    totals: dict[Kind, set[float]] = {}
    for student in term.people:
        row, kind = rows[student.graded_as], term.again.get(student.number, student.kind)
        assert row["name"] == student.name, row
        by_hand = GIVEN if student.number in given else 0.0
        totals.setdefault(kind, set()).add(float(row["total"]) - by_hand)
        if kind != "unreadable" and student.kind != "unreadable":
            waits = student.explains and student.number not in given
            assert row["mark"] == ("provisional" if waits else "final"), row
    assert all(len(found) == 1 for found in totals.values()), totals
    worth = {kind: found.pop() for kind, found in totals.items()}
    assert worth["two"] > worth["right"] > worth["wrong"] >= worth["blank"] == 0, worth


def send_back(term: Term) -> None:
    """Export marks and feedback for each system, and see that each page is of whom its name says."""
    for system in SYSTEMS:
        term.course(f"marks for {system}", "export", "graded", "--to", system)
        said = term.course(
            f"feedback for {system}", "export", "graded", "--to", system, "--feedback", "--provisional"
        )
        with zipfile.ZipFile(term.out / f"feedback-{system}-{MODULE}.zip") as archive:
            pages = {name: archive.read(name).decode() for name in archive.namelist()}
        owners = Counter[str]()
        for name, html in pages.items():
            (owner,) = [s for s in term.of(system) if is_of(name, s)]
            assert f"<h1>{owner.graded_as.replace(chr(39), '&#39;')}</h1>" in html, (name, owner)
            owners[owner.graded_as] += 1
        assert set(owners) == {s.graded_as for s in term.of(system)}, said
        assert max(owners.values()) == 1


def is_of(name: str, student: Student) -> bool:
    """Whether a system would give a page of this name to this student."""
    match student.system:
        case "canvas":
            return student.id in name.split("_")
        case "moodle":
            return name.split("_")[1] == str(20_000 + student.number)
        case "blackboard":
            return f"_{student.id}_" in name


if __name__ == "__main__":
    main()
