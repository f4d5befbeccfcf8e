"""Says who is enrolled in a class, whose a submission is, and who handed in nothing.

A submission may be called after the id, the name (Moodle), or both (Canvas: `loveada_1001`). Before the name
there may be a group's. Where two have one name, or the system hides names, Moodle's participant number tells
who it is, if its grading worksheet was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from autograder.submissions.lms_names import HIDDEN

_NUMBERED = re.compile(r" \((\d+)\)$")
"""What we put behind the name of one of several students who have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who is enrolled."""

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    number: str = ""  #: Moodle's, of the participant in one assignment; with blanks between those of several


@dataclass(frozen=True, kw_only=True)
class Roster:
    """A class, in the order of the file."""

    people: tuple[Person, ...] = ()

    def person(self, student: str) -> Person | None:
        """Return whose submissions are called so; none where it's nobody's, or several people's."""
        words = (student, student.rpartition("_")[2], _numbered(student))
        known = next((found for word in words if (found := self._by_word.get(word.casefold()))), None)
        return known or self._in_group(student) or self._by_ending.get(student.casefold())

    def _in_group(self, student: str) -> Person | None:
        """Return who is meant by `Group A-Ada Love`: of an Ada Love in another group, nothing is known."""
        for dash in re.finditer("-", student):
            group, person = student[: dash.start()], self._by_word.get(student[dash.end() :].casefold())
            if person and group.casefold() in map(str.strip, person.section.casefold().split(",")):
                return person
        return None

    def strangers(self, students: Iterable[str]) -> Iterator[str]:
        """Yield who handed in and is nobody on the roster, if there is one."""
        return (student for student in students if self.people and not self.person(student))

    def missing(self, students: Iterable[str]) -> Iterator[Person]:
        """Yield who isn't among those that handed something in."""
        return (person for person, unclear in self._left(students) if not unclear)

    def unclear(self, students: Iterable[str]) -> Iterator[Person]:
        """Yield who may have handed something in: several people have the name, or the system hides it."""
        return (person for person, unclear in self._left(students) if unclear)

    def _left(self, students: Iterable[str]) -> Iterator[tuple[Person, bool]]:
        """Yield everybody of whom no submission is known, and whether one that's nobody's may be theirs."""
        owners = {student: self.person(student) for student in students}
        there = {person.id for person in owners.values() if person}
        nobodys = [student for student, person in owners.items() if not person]
        hidden = any(HIDDEN.fullmatch(student) for student in nobodys)
        names = {_NUMBERED.sub("", student).casefold() for student in nobodys}
        for person in self.people:
            if person.id not in there:
                yield person, hidden or person.name.casefold() in names

    def with_booked(self, booked: Iterable[Person], handed_in: Collection[str]) -> Roster:
        """Return it with whom nbgrader's own list has besides, where that says more than an id."""
        known = (p for p in booked if p.name or p.email or p.id not in handed_in)
        return Roster(people=(*self.people, *(p for p in known if not self.person(p.id))))

    @cached_property
    def _by_word(self) -> dict[str, Person | None]:
        """Everybody by id, address and name; under what several people are called there is nobody."""
        found: dict[str, Person | None] = {}
        for person in self.people:
            numbered = {f"participant {number}" for number in person.number.split()}
            for word in {person.name.casefold(), person.email.casefold(), *numbered} - {""}:
                found[word] = None if word in found else person
        return {**found, **{person.id.casefold(): person for person in self.people}}

    @cached_property
    def _by_ending(self) -> dict[str, Person | None]:
        """Everybody whose id has underscores, by its end: Blackboard's names don't say where an id begins."""
        found: dict[str, Person | None] = {}
        for person in self.people:
            if ending := person.id.rpartition("_")[2].casefold() if "_" in person.id else "":
                found[ending] = None if ending in found else person
        return found

    def with_numbers_of(self, before: Roster) -> Roster:
        """Return it with the numbers of an earlier list, too: each of Moodle's assignments has its own."""
        kept = {person.id: person.number.split() for person in before.people}
        numbers = ([*p.number.split(), *kept.get(p.id, ())] for p in self.people)
        return Roster(
            people=tuple(
                replace(person, number=" ".join(dict.fromkeys(theirs)))
                for person, theirs in zip(self.people, numbers, strict=True)
            )
        )

    def to_text(self) -> str:
        """Return it as JSON, for the record."""
        return json.dumps([asdict(person) for person in self.people], ensure_ascii=False)


def _numbered(student: str) -> str:
    """Return what stands for the number of `Ada Love (20017)`: a worksheet may have no more than that."""
    found = _NUMBERED.search(student)
    return f"Participant {found[1]}" if found else student


def from_text(text: str | None) -> Roster:
    """Return the roster that `to_text` gave; an empty one for none."""
    return Roster(people=tuple(Person(**person) for person in json.loads(text or "[]")))
