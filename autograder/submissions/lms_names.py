"""Reads the names that learning management systems give to what one downloads: student, attempt, time, late.

Canvas       loveada_LATE_1001_90777_exercises-1.ipynb: name, user, file (later uploads have higher numbers)
Moodle       Ada Love_12345_assignsubmission_file_/: name, the participant's number in this assignment
Blackboard   Module 1_al1001_attempt_2026-11-01-10-00-00_exercises.ipynb; so does nbgrader's zip_collect
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from autograder.submissions.times import read_time

CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<attempt>\d+)_.+\.\w+")
MOODLE = re.compile(r"(?P<student>[^_]+)_(?P<number>\d+)_assignsubmission_(file|onlinetext)(_.*)?")
ATTEMPT = re.compile(r".+?_(?P<student>[^_]+)_attempt_(?P<timestamp>\d{4}(-\d\d){5})([_.].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsName:
    """What a name says of a submission."""

    student: str
    attempt: str = ""  #: a later one sorts behind; empty where the name doesn't say
    number: str = ""  #: tells students of one name apart, in one download
    submitted: datetime | None = None
    note: str = ""


def read_name(name: str, pattern: re.Pattern[str] | None = None) -> LmsName | None:
    """Return what a file's or folder's name says, by the pattern if there is one; none where it fits none."""
    if pattern:
        found = pattern.match(name)
        return _named(found.groupdict()) if found else None
    if found := CANVAS.fullmatch(name):
        late = "Canvas says that it was late" if found["late"] else ""
        student = (
            f"{found['name']}_{found['user']}"  # two may have one name, and the user is the same next time
        )
        return LmsName(student=student, attempt=_sortable(found["attempt"]), note=late)
    if found := MOODLE.fullmatch(name):
        return LmsName(student=found["student"], number=found["number"])
    if found := ATTEMPT.fullmatch(name):
        return _named(found.groupdict())
    return None


def names_pattern(text: str) -> re.Pattern[str]:
    """Return an instructor's pattern.

    Raises:
        ValueError: it's no regular expression, or has no group for the student.
    """
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"it is no regular expression ({error})") from None
    if not {"student", "student_id"} & set(pattern.groupindex):
        raise ValueError("it needs a group (?P<student>…)")
    return pattern


def _named(groups: dict[str, str | None]) -> LmsName:
    student = groups.get("student") or groups.get("student_id") or ""
    text = groups.get("timestamp") or ""
    when, note = _time(text)
    attempt = groups.get("attempt") or text
    return LmsName(student=student, attempt=_sortable(attempt), submitted=when, note=note)


def _time(text: str) -> tuple[datetime | None, str]:
    """Read `2026-11-01-10-00-00`, or what ISO allows; without a zone it's UTC, as nbgrader has it."""
    if not text:
        return None, ""
    parts = text.split("-")
    try:
        return read_time("-".join(parts[:3]) + "T" + ":".join(parts[3:]) if len(parts) == 6 else text), ""
    except ValueError:
        return None, "the time in its name cannot be read, so nobody knows whether it was late"


def _sortable(text: str) -> str:
    """Numbers in text, made as long as any: so that 10 comes after 9."""
    return re.sub(r"\d+", lambda found: found[0].zfill(20), text)
