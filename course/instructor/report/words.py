"""Puts the report's figures into words and shapes: what its template calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograder.sandbox.outcomes import Status
from autograder.submissions.sanitize import sentence
from course.instructor.report.class_tally import TROUBLE
from course.instructor.report.exercise_tally import UNTRIED
from course.instructor.report.model import ExerciseReport, Told
from course.instructor.similar.side_by_side import visible

if TYPE_CHECKING:
    from markupsafe import Markup


def segments(statuses: Mapping[Status, int]) -> Iterator[tuple[str, int, float, float]]:
    """Yield a bar's parts: their kind, how many learners, and where each begins and ends, of 1000."""
    total, start = sum(statuses.values()), 0.0
    counts = {"pass": 0, "fail": 0, "dead": 0, "none": 0}
    for status, count in statuses.items():
        counts[_kind(status)] += count
    for kind, count in counts.items():
        width = 1000 * count / total if total else 0.0
        yield kind, count, start, width
        start += width


def _kind(status: Status) -> str:
    if status == "passed":
        return "pass"
    return "none" if status in UNTRIED else "dead" if status in TROUBLE else "fail"


def spoken(statuses: Mapping[Status, int]) -> str:
    """Return a bar as a screen reader says it."""
    return ", ".join(f"{count} {status}" for status, count in sorted(statuses.items(), key=lambda s: -s[1]))


def told(text: str) -> Markup:
    """Return a message as a sentence; whatever it quotes is a learner's."""
    return sentence(visible(text))


def ideas(names: Sequence[str]) -> str:
    """Name wrong ideas that are told the same."""
    more = [f"{len(names) - 3} more"] if len(names) > 3 else []
    text = " or ".join([*names[:3], *more])
    return text[:1].upper() + text[1:]


def top(exercise: ExerciseReport) -> Told | None:
    """Return what most often helps to know: the wrong idea that most have, or else what most were told."""
    named = (each for each in exercise.told if each.ideas)
    return next(named, next(iter(exercise.told), None))


def percent(share: float | None) -> str:
    """Return a share."""
    return "–" if share is None else f"{100 * share:.0f} %"


def figure(value: float | None) -> str:
    """Return a figure of test theory."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def duration(seconds: float | None) -> str:
    """Return a time as people say it."""
    if seconds is None:
        return ""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def points(value: float) -> str:
    """Return points as they are written."""
    return f"{value:g}"


def date(at: str) -> str:
    """Return one of our times, which are in UTC."""
    return f"{at[:10]}, {at[11:16]} UTC"


FILTERS: dict[str, Any] = {
    each.__name__: each
    for each in (segments, spoken, told, ideas, top, percent, figure, duration, points, date, visible)
}
