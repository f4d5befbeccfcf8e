"""Writes a learner's feedback page: one HTML file, no scripts, good to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.results.changes import Reason
from autograder.results.compare import LATE, penalty, score
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.verdicts import ExerciseResult, Status, TestResult
from autograder.submissions.assignment import Handout
from autograder.submissions.notebook import ANSWER
from autograder.submissions.sanitize import highlighted, plain_text, rendered, sentence

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

WORDS: Mapping[Status, str] = {
    "passed": "done",
    "failed": "not yet right",
    "not written": "not written",
    "error": "your code raised an error",
    "timed out": "ran out of time",
    "out of memory": "ran out of memory",
    "killed": "its process ended",
    "tampered": "no honest reply",
    "unreadable": "could not be read",
    "internal error": "could not be graded, through no fault of yours",
}


CONCERNS: Mapping[Reason, str] = {
    "notebook": "your notebook changed",
    "tests": "its tests changed",
    "person": "a person read it and set its points",
    "handed in": "you handed in at another time",
    "due date": "the due date changed",
    "extension": "your own deadline changed",
}
"""Why a mark changed, as far as that concerns a learner. Other reasons are told as graded again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One exercise on the page."""

    name: str
    title: str
    earned: float
    points: float
    status: str
    by_hand: bool  #: a person gave it other points than the tests
    comment: str
    tests: tuple[TestResult, ...]
    again: bool  #: it was tried once more
    traceback: str
    code: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question that a person grades, on the page."""

    name: str
    title: str
    mark: ManualMark
    answer: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One mark that isn't what it was, on the page."""

    title: str
    before: str
    now: str
    why: str


def page(graded: GradedSubmission, handout: Handout, answers: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    given = {mark.name: mark for mark in graded.overrides}
    return _template().render(
        css=_css(),
        style_hash=_style_hash(),
        graded=graded,
        sections=[_section(exercise, given, handout, answers) for exercise in graded.exercises],
        questions=[_question(mark, handout, answers) for mark in graded.manual],
        changes=list(_changes(graded, handout)),
        late=graded.late,
        earned=graded.earned,
        points=graded.points,
        waiting=graded.waiting,
    )


def warm_up() -> None:
    """Import what pages are made with: a fifth of a second, best spent while something else is awaited."""
    for make in (_template, _style_hash, partial(highlighted, "x"), partial(rendered, "x")):
        make()


def _section(
    exercise: ExerciseResult, given: Mapping[str, ManualMark], handout: Handout, answers: Mapping[str, str]
) -> Section:
    source, override = answers.get(exercise.name + ANSWER, ""), given.get(exercise.name)
    return Section(
        name=exercise.name,
        title=handout.titles.get(exercise.name, exercise.name),
        earned=exercise.earned if override is None else override.earned or 0.0,
        points=exercise.points,
        comment=override.comment if override else "",
        by_hand=override is not None and override.earned != exercise.earned,
        status=WORDS[exercise.status],
        tests=exercise.tests,
        again=any(test.attempts > 1 for test in exercise.tests),
        # Tests of one exercise tend to fail over one error: it is shown once.
        traceback=next((plain_text(test.traceback) for test in exercise.tests if test.traceback), ""),
        code=highlighted(source) if source.strip() else None,
    )


def _changes(graded: GradedSubmission, handout: Handout) -> Iterator[Change]:
    """Yield the marks that changed; a status that another one took the place of is no news without points."""
    for change in graded.changes:
        late = change.name == LATE
        before, now = map(penalty if late else score, (change.before, change.now))
        reasons = [CONCERNS[reason] for reason in change.why if reason in CONCERNS]
        title = "Points for lateness" if late else handout.titles.get(change.name, change.name)
        if before != now:
            why = " and ".join(reasons) or "it was graded again"
            yield Change(title=title, before=before, now=now, why=why)


def _question(mark: ManualMark, handout: Handout, answers: Mapping[str, str]) -> Question:
    slot, text = handout.slot(mark.name), answers.get(mark.name, "")
    blank = not text.strip() or (slot is not None and text.strip() == slot.source.strip())
    return Question(
        name=mark.name,
        title=handout.titles.get(mark.name, mark.name),
        mark=mark,
        answer=None if blank else rendered(text),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"sentence": sentence, "points": lambda value: f"{value:g}", "when": _when}
    return environment.get_template("feedback.html.j2")


def _when(iso: str) -> str:
    """Return a time as people read it: `2026-11-30 10:00:05 UTC`."""
    return f"{iso.partition('+')[0].partition('.')[0].replace('T', ' ')} UTC"


@cache
def _css() -> Markup:
    from markupsafe import Markup

    return Markup((TEMPLATES / "feedback.css").read_text("utf-8"))  # ours


@cache
def _style_hash() -> str:
    """What the page's own policy lets through: this style sheet, and no other style or script."""
    return base64.b64encode(hashlib.sha256(_css().encode()).digest()).decode()
