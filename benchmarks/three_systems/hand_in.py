"""Makes up a class: what students wrote, and how Canvas, Moodle and Blackboard hand that out."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Literal

from course.authoring.answers import Answer
from course.authoring.exercise_source import ModuleSource, read_module
from course.authoring.sample_class import answered
from course.paths import Root

MODULE = "01_basic"
SYSTEMS = ("canvas", "moodle", "blackboard")
DUE = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
SAID = "A thread is a list of checkpoints, and the saver kept it in memory."
ABSENT = 10  #: people on the roster who hand in nothing
FIRST = ("Ada", "Bob", "Cleo", "Dora", "Eve", "Finn", "Gus", "Hana", "Ivo", "Jana", "Åsa", "José")
LAST = ("Love", "Lovell", "Löve", "Kay", "O'Neill", "Smith-Jones", "Li", "Núñez", "van der Berg", "Ng")

System = Literal["canvas", "moodle", "blackboard"]
Kind = Literal["right", "wrong", "two", "blank", "unreadable"]
KINDS: tuple[Kind, ...] = (
    "right",
    "wrong",
    "two",
    "right",
    "blank",
    "wrong",
    "right",
    "two",
    "wrong",
    "right",
)
UNREADABLE = 97  #: one in so many students hands in something else than a notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One student: where they hand in, and what."""

    number: int
    system: System
    name: str
    kind: Kind
    late: bool
    explains: bool  #: whether they answered the question that a person reads

    @property
    def id(self) -> str:
        """What the class list calls them."""
        return str(1000 + self.number) if self.system == "canvas" else f"u{self.number:04d}"

    @property
    def graded_as(self) -> str:
        """What a grader calls them, by the name of their file."""
        match self.system:
            case "canvas":
                return f"{self._compact}_{self.id}"
            case "moodle":
                return self.name
            case "blackboard":
                return self.id

    @property
    def _compact(self) -> str:
        first, _, last = self.name.partition(" ")
        return "".join(char for char in (last + first).casefold() if char.isalnum())

    def file(self, attempt: int) -> str:
        """Return how the system names the file in a download."""
        match self.system:
            case "canvas":
                late, upload = "LATE_" if self.late else "", 70_000 + 1000 * attempt + self.number
                again = f"-{attempt}" if attempt else ""
                return f"{self._compact}_{late}{self.id}_{upload}_exercises{again}.ipynb"
            case "moodle":
                return f"{self.name}_{20_000 + self.number}_assignsubmission_file/exercises.ipynb"
            case "blackboard":
                when = DUE + timedelta(hours=5 if self.late else -30, minutes=attempt)
                return f"Module 1_{self.id}_attempt_{when:%Y-%m-%d-%H-%M-%S}_exercises.ipynb"


def students(count: int) -> list[Student]:
    """Return a class, a third in each system."""
    names = [f"{first} {last}" for last, first in product(LAST, FIRST)]
    share = -(-count // len(SYSTEMS))
    return [
        Student(
            number=number,
            system=SYSTEMS[number // share],
            name=f"{names[number % share % len(names)]}{number // share * ' jr'}",
            kind="unreadable" if number % UNREADABLE == 5 else KINDS[number % len(KINDS)],
            late=number % 7 == 3,
            explains=number % 4 == 0,
        )
        for number in range(count)
    ]


def write_roster(path: Path, people: list[Student]) -> None:
    """Write the class list, with some people who'll hand in nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("id", "name", "email", "section"))
        table.writerows((s.id, s.name, f"{s.id}@example.org", s.system) for s in people)
        table.writerows((f"absent{i}", f"Nobody {i}", f"absent{i}@example.org", "") for i in range(ABSENT))


@dataclass(frozen=True, slots=True)
class Desk:
    """What notebooks are written from."""

    source: ModuleSource
    notebook: Mapping[str, Any]

    @classmethod
    def open(cls, root: Root) -> Desk:
        text = root.notebook(MODULE, "exercises").read_text("utf-8")
        return cls(read_module(root, MODULE, first_cells=False), json.loads(text))

    def write(self, kind: Kind, *, explains: bool, salt: str) -> bytes:
        """Return what a student of this kind hands in; the salt makes it theirs alone."""
        if kind == "unreadable":
            return f"{salt}: I thought you wanted a PDF".encode()
        coded = [exercise for exercise in self.source.exercises if exercise.manual_points is None]
        question = next(exercise for exercise in self.source.exercises if exercise.manual_points)
        answers: dict[str, Answer] = {}
        if kind in {"right", "two"}:
            answers[coded[0].name] = _right(coded[0].answer)
        if kind == "two":
            answers[coded[1].name] = _right(coded[1].answer)
        if kind == "wrong":
            answers[coded[0].name] = coded[0].near_misses[0]
        if explains:
            answers[question.name] = Answer(code=f"{SAID} ({salt})")
        return json.dumps(answered(self.notebook, answers)).encode()


def _right(answer: str) -> Answer:
    return Answer(code="\n".join(line for line in answer.splitlines() if "### " not in line))


def write_download(path: Path, desk: Desk, theirs: list[Student], again: Mapping[int, Kind]) -> None:
    """Write a system's archive. Students in `again` handed in a second attempt, of another kind."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _files(desk, theirs, again):
            archive.writestr(name, data)


def _files(desk: Desk, theirs: list[Student], again: Mapping[int, Kind]) -> Iterator[tuple[str, bytes]]:
    for s in theirs:
        newest = s.number in again
        if s.system != "moodle" or not newest:  # Moodle keeps the last one alone
            yield s.file(0), desk.write(s.kind, explains=s.explains, salt=s.id)
        if newest:
            yield s.file(1), desk.write(again[s.number], explains=s.explains, salt=s.id)
