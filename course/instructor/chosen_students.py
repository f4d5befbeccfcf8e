"""Finds whom an instructor means with `--student`: by the name of a file, or as the class list has them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from autograder.reports.output_folder import OutputFolder
from autograder.results.roster import Roster
from autograder.results.store import Store


def chosen(students: Collection[str], handed_in: Collection[str], roster: Roster) -> set[str]:
    """Return what those students' submissions are called; who isn't known stays as they are."""
    found: set[str] = set()
    for word in students:
        person = None if word in handed_in else roster.person(word)
        theirs = {student for student in handed_in if person and roster.person(student) == person}
        found |= theirs or {word}
    return found


def kept_roster(out: Path) -> Roster:
    """Return the class list that an earlier run was given, if there was one."""
    store = OutputFolder(out).store
    if not store.is_file():
        return Roster()
    with Store(store) as kept:
        return kept.roster()
