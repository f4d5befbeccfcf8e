"""Reads a class list: a CSV file as Canvas, Moodle, Blackboard or nbgrader export it, or one of your own.

Each student has an id in it. Columns are found by their names, in any order.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.results.roster import Person, Roster

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
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  #: Blackboard and spreadsheets write it, with tabs
SEPARATOR = re.compile(r"sep=(.)\r?\n")  #: a first line for spreadsheets


class RosterError(Exception):
    """The file is no roster. Its text says why, and what to do."""


def read_roster(path: Path) -> Roster:
    """Read a class list.

    Raises:
        RosterError: it isn't there, is no CSV file, names no ids, or names one twice.
    """
    rows = _rows(path, _text(path))
    # An address is an id, too: the list of Moodle's participants has no other. Nor has its worksheet, where
    # it hides names, any but the participant's number.
    keys = (*IDS, *EMAILS, *IDENTIFIERS)
    if not rows or not (key := next((name for name in keys if name in rows[0]), "")):
        raise RosterError(f"`{path}` has no column of ids: name one `id`, in the first line")
    people: dict[str, Person] = {}
    for person in (_person(row, key) for row in rows if row[key].strip() and not _made_up(row)):
        if people.setdefault(person.id, person) != person:
            raise RosterError(f"`{path}` has `{person.id}` twice, with other facts: an id is one student's")
    if not people:
        raise RosterError(f"`{path}` lists nobody: the first line is for the columns' names")
    return Roster(people=tuple(people.values()))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise RosterError(f"`{path}` is larger than {LARGEST >> 20} MB: is it the class list?")
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith(UTF_16) else "utf-8-sig")
    except OSError as error:
        raise RosterError(f"`{path}` can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RosterError(f"`{path}` isn't text in UTF-8: save it as a CSV file in UTF-8") from None


def _rows(path: Path, text: str) -> list[dict[str, str]]:
    if found := SEPARATOR.match(text):
        text, separator = text[found.end() :], found[1]
    else:
        # Spreadsheets of some countries write semicolons.
        separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        table = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise RosterError(f"`{path}` is no table ({error}): save it as a CSV file in UTF-8") from None
    head = [re.sub(r"\W+", "_", cell.strip().casefold()).strip("_") for cell in table[0]] if table else []
    return [dict(zip(head, [*row, *[""] * len(head)], strict=False)) for row in table[1:] if any(row)]


def _made_up(row: Mapping[str, str]) -> bool:
    """Whether it's the student whom Canvas makes up, so that teachers can see a course as students do."""
    return "sis_user_id" in row and row.get("student", "").strip() == "Student, Test"


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
