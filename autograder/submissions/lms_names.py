"""Reads the names that learning management systems give to what one downloads: student, attempt, time, late.

Canvas       loveada_LATE_1001_90777_exercises-1.ipynb: name, user, file (later uploads have higher numbers);
             LATE_anon_x9F2k_90777_exercises.ipynb, where it hides who handed in
Moodle       Ada Love_12345_assignsubmission_file_/: name, the participant's number in this assignment;
             `Participant` in the name's place, where it hides who handed in
Blackboard   Module 1_al1001_attempt_2026-11-01-10-00-00_exercises.ipynb; so does nbgrader's zip_collect
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from autograder.submissions.file_names import MAX_NAME
from autograder.submissions.times import read_time

_TIMED = r"_attempt_(?P<timestamp>\d{4}(-\d\d){5})"
_WHO = r"(?P<name>[^_].*?)_(?P<late>LATE_)?(?P<user>\d+)"
# `Module_1_12345_attempt_…` is Blackboard's, though it has two numbers as Canvas's names do.
CANVAS = re.compile(rf"(?!.*{_TIMED}){_WHO}_(?P<attempt>\d+)_.+\.\w+")
CANVAS_TEXT = re.compile(rf"{_WHO}_(?P<attempt>)(text|link)\.html")
CANVAS_HIDDEN = re.compile(r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_(?P<attempt>\d+)_.+\.\w+")
MOODLE = re.compile(r"(?P<student>[^_]+)(_(?P<number>\d+))?_assignsubmission_(file|onlinetext)(_.*)?")
ATTEMPT = re.compile(rf"[^_]+_((?P<before>.+)_)?(?P<student>[^_]+){_TIMED}([_.].*)?")

HIDDEN = re.compile(r"anon_[0-9A-Za-z]+|(.*-)?Participant \d+")
"""What a student is called where the system hides names: something else in each assignment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsName:
    """What a name says of a submission."""

    student: str
    attempt: str = ""  #: a later one sorts behind; empty where the name doesn't say
    apart: str = ""  #: what the student is called where others in the download have the same name
    submitted: datetime | None = None
    note: str = ""


def read_name(name: str, pattern: re.Pattern[str] | None = None) -> LmsName | None:
    """Return what a file's or folder's name says, by the pattern if there is one; none where it fits none."""
    if len(name) > MAX_NAME:
        return None
    if pattern:
        found = pattern.match(name)
        return _named(found.groupdict()) if found else None
    if found := CANVAS_HIDDEN.fullmatch(name):
        return _of_canvas(found, f"anon_{found['user']}")
    if found := CANVAS.fullmatch(name) or CANVAS_TEXT.fullmatch(name):
        # Two may have one name, and the user's number is the same next time.
        return _of_canvas(found, f"{found['name']}_{found['user']}")
    if found := MOODLE.fullmatch(name):
        return _of_moodle(found["student"], found["number"] or "")
    if found := ATTEMPT.fullmatch(name):
        return _named(found.groupdict())
    return None


def _of_canvas(found: re.Match[str], student: str) -> LmsName:
    late = "Canvas says that it was late" if found["late"] else ""
    return LmsName(student=student, attempt=_sortable(found["attempt"]), note=late)


def _of_moodle(student: str, number: str) -> LmsName:
    if HIDDEN.fullmatch(f"{student} {number}"):
        return LmsName(student=f"{student} {number}")
    return LmsName(student=student, apart=f"{student} ({number})" if number else "")


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
    student, before = groups.get("student") or groups.get("student_id") or "", groups.get("before") or ""
    text = groups.get("timestamp") or ""
    when, note = _time(text)
    attempt = groups.get("attempt") or text
    apart = f"{before}_{student}" if before else ""
    return LmsName(student=student, attempt=_sortable(attempt), apart=apart, submitted=when, note=note)


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
