"""Brings what was found in an inbox to one entry for each student and module, also where it's no notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from autograder.submissions.choose_one import LISTED, choose
from autograder.submissions.entry import Entry, student_id
from autograder.submissions.safe_read import inert


def settled(found: Iterable[Entry], others: Iterable[Entry], blanks: Mapping[str, Path]) -> Iterator[Entry]:
    """Yield one entry for each student and module.

    `others` are for files that are no notebooks: they count for students of whom nothing else was found.
    """
    who, place = attrgetter("student", "apart"), attrgetter("student", "module")
    found = list(found)
    there = set(map(who, found))
    bare = _told(entry for entry in others if who(entry) not in there)
    for _, group in groupby(sorted((*found, *bare), key=place), place):
        for theirs in _apart(list(group)):
            yield choose(theirs, blanks)


def _told(others: Iterable[Entry]) -> Iterator[Entry]:
    """Say what there is of students without a notebook."""
    who = attrgetter("student", "apart")
    for _, group in groupby(sorted(others, key=who), who):
        first, *rest = group
        there = [f"`{inert(entry.path.name)}`" for entry in (first, *rest)]
        listed = ", ".join(there[:LISTED]) + (", …" if len(there) > LISTED else "")
        yield replace(first, problem=f"no notebook was handed in; there is: {listed}")


def _apart(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Keep students of one name apart: in one download, something else in the file's name is theirs alone."""
    names = sorted({entry.apart for entry in entries})
    if len(names) == 1:
        yield entries
        return
    note = f"{len(names)} students have this name: the rest of the file's name tells them apart"
    for name in names:
        mine = [entry for entry in entries if entry.apart == name]
        student = student_id(name) if name else mine[0].student
        yield [
            replace(entry, student=student, note="; ".join(filter(None, (entry.note, note))))
            for entry in mine
        ]
