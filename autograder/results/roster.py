"""Reads who is enrolled in a class: names, e-mail addresses, sections, and who handed in nothing.

A roster is a CSV file as Canvas, Moodle, Blackboard or nbgrader export it, or one of your own. Each student
has an id in it. A submission may be called after the id, the name (Moodle), or both (Canvas: `loveada_1001`).
Where two have one name, Moodle's participant number tells them apart, if its grading worksheet was read.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

LARGEST = 20 << 20  #: bytes of a roster
IDS = (
    "id",
    "student_id",
    "username",
    "user_name",
    "login",
    "sis_login_id",
    "user_id",
    "id_number",
    "student",
)
NAMES = ("name", "full_name", "student_name", "student")
FIRST, LAST = ("first_name", "given_name"), ("last_name", "surname", "family_name")
EMAILS = ("email", "email_address", "e_mail", "mail")
IDENTIFIERS = ("identifier",)  #: of Moodle's grading worksheet: `Participant 20017`
SECTIONS = ("section", "sections", "groups", "group", "class")


_NUMBERED = re.compile(r" \(\d+\)$")
"""What we put behind the name of one of several students who have it."""


class RosterError(Exception):
    """The file is no roster. Its text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who is enrolled."""

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    number: str = ""  #: Moodle's, of the participant in one assignment


@dataclass(frozen=True, kw_only=True)
class Roster:
    """A class, in the order of the file."""

    people: tuple[Person, ...] = ()

    def person(self, student: str) -> Person | None:
        """Return whose submissions are called so; none where it's nobody's, or several people's."""
        known = self._by_word.get(student.casefold())
        return known or self._by_word.get(student.rpartition("_")[2].casefold())

    def missing(self, students: Iterable[str]) -> Iterator[Person]:
        """Yield who isn't among those that handed something in."""
        found, unclear = self._left(students)
        return (person for person in found if person.name.casefold() not in unclear)

    def unclear(self, students: Iterable[str]) -> Iterator[Person]:
        """Yield who may have handed something in: it's called by a name that several people have."""
        found, unclear = self._left(students)
        return (person for person in found if person.name.casefold() in unclear)

    def _left(self, students: Iterable[str]) -> tuple[list[Person], set[str]]:
        """Return everybody of whom no submission is known, and the names of those that are nobody's."""
        owners = {student: self.person(student) for student in students}
        there = {person.id for person in owners.values() if person}
        names = {_NUMBERED.sub("", student).casefold() for student, person in owners.items() if not person}
        return [person for person in self.people if person.id not in there], names

    def with_booked(self, booked: Iterable[Person], handed_in: Collection[str]) -> Roster:
        """Return it with whom nbgrader's own list has besides, where that says more than an id."""
        known = (p for p in booked if p.name or p.email or p.id not in handed_in)
        return Roster(people=(*self.people, *(p for p in known if not self.person(p.id))))

    @cached_property
    def _by_word(self) -> dict[str, Person | None]:
        """Everybody by id, address and name; under what several people are called there is nobody."""
        found: dict[str, Person | None] = {}
        for person in self.people:
            numbered = f"{person.name} ({person.number})" if person.number else ""
            for word in {person.name.casefold(), person.email.casefold(), numbered.casefold()} - {""}:
                found[word] = None if word in found else person
        return {**found, **{person.id.casefold(): person for person in self.people}}

    def to_text(self) -> str:
        """Return it as JSON, for the record."""
        return json.dumps([asdict(person) for person in self.people], ensure_ascii=False)


def from_text(text: str | None) -> Roster:
    """Return the roster that `to_text` gave; an empty one for none."""
    return Roster(people=tuple(Person(**person) for person in json.loads(text or "[]")))


def read_roster(path: Path) -> Roster:
    """Read a class list.

    Raises:
        RosterError: it isn't there, is no CSV file, names no ids, or names one twice.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise RosterError(f"`{path}` is larger than {LARGEST >> 20} MB: is it the class list?")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise RosterError(f"`{path}` can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RosterError(f"`{path}` isn't text in UTF-8: save it as a CSV file in UTF-8") from None
    rows = _rows(text)
    # An address is an id, too: the list of Moodle's participants has no other.
    if not rows or not (key := next((name for name in (*IDS, *EMAILS) if name in rows[0]), "")):
        raise RosterError(f"`{path}` has no column of ids: name one `id`, in the first line")
    people = [_person(row, key) for row in rows if row[key].strip()]
    seen: set[str] = set()
    for person in people:
        if person.id in seen:
            raise RosterError(f"`{path}` has `{person.id}` twice: an id is one student's")
        seen.add(person.id)
    if not people:
        raise RosterError(f"`{path}` lists nobody: the first line is for the columns' names")
    return Roster(people=tuple(people))


def _rows(text: str) -> list[dict[str, str]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)  # spreadsheets of some countries write semicolons
    table = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    head = [re.sub(r"\W+", "_", cell.strip().casefold()).strip("_") for cell in table[0]] if table else []
    return [dict(zip(head, [*row, *[""] * len(head)], strict=False)) for row in table[1:] if any(row)]


def _person(row: Mapping[str, str], key: str) -> Person:
    name = _first(row, [column for column in NAMES if column != key])
    last, _, first = (part.strip() for part in name.partition(","))
    whole = f"{first} {last}".strip() if first else name  # Canvas writes `Love, Ada`
    parts = f"{_first(row, FIRST)} {_first(row, LAST)}".strip()
    return Person(
        id=row[key].strip(),
        name=parts or whole,
        email=_email(row),
        section=_first(row, SECTIONS),
        number=_first(row, IDENTIFIERS).rpartition(" ")[2],
    )


def _email(row: Mapping[str, str]) -> str:
    """Return the address; some systems have it in the place of a login."""
    return _first(row, EMAILS) or next((row[name] for name in IDS if "@" in row.get(name, "")), "").strip()


def _first(row: Mapping[str, str], names: Iterable[str]) -> str:
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")
