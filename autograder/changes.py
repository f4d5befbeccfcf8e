"""What a run changed of grades that had been given before: a grade never changes silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One mark that is not what it was."""

    student: str
    module: str
    name: str  #: of the exercise or question, or `late`
    before: str
    now: str


def changes(before: Row, now: Row) -> Iterator[Change]:
    """Yield what differs between two gradings of one submission: status or points."""
    old, new = _words(before), _words(now)
    for name in {**old, **new}:  # in the order of the page
        was, is_now = old.get(name, "not there"), new.get(name, "not there")
        if was != is_now:
            place = now.result
            yield Change(student=place.student, module=place.module, name=name, before=was, now=is_now)


def _words(row: Row) -> Mapping[str, str]:
    words = {e.name: f"{e.status}, {e.earned:g} of {e.points:g}" for e in row.result.exercises}
    for mark in row.overrides:
        if mark.earned is not None and mark.name in words:
            words[mark.name] += f"; by hand {mark.earned:g}"
    for mark in row.manual:
        words[mark.name] = "to be graded" if mark.earned is None else f"{mark.earned:g} of {mark.points:g}"
    if row.late:
        words["late"] = f"{-row.late:g}"
    return words
