"""Remembers a class's figures from report to report, so that the next one says what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.reports.atomic_write import replace_lines
from course.instructor.report.model import ModuleReport, Shift

KEPT = 100  #: states of the class
LARGEST = 4 << 20  #: bytes that are read back
SMALLEST = 0.005  #: a shift below it is none: half a percent


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The figures of a class at one time."""

    at: str
    state: str  #: a hash of the results that they were made from
    submissions: int
    figures: Mapping[str, float]  #: shares: of a module's points, or of an exercise's, as MODULE/NAME


def state_of(at: str, state: str, modules: Iterable[ModuleReport]) -> State:
    """Return what is remembered of a class."""
    found = tuple(modules)
    return State(
        at=at,
        state=state,
        submissions=sum(module.handed_in for module in found),
        figures=dict(_figures(found)),
    )


def _figures(modules: Iterable[ModuleReport]) -> Iterator[tuple[str, float]]:
    for module in modules:
        if module.mean is not None and module.points:
            yield module.module, round(module.mean / module.points, 4)
        for exercise in module.exercises:
            if exercise.difficulty is not None:
                yield f"{module.module}/{exercise.name}", round(exercise.difficulty, 4)


def before(path: Path, now: State) -> State | None:
    """Return the last state that isn't this one; a report that is made twice compares with the same."""
    return next((state for state in reversed(read(path)) if state.state != now.state), None)


def remember(path: Path, now: State) -> None:
    """Add a state, unless it is the last one there is."""
    known = read(path)
    if not known or known[-1].state != now.state:
        lines = (json.dumps(asdict(state), ensure_ascii=False) + "\n" for state in (*known[-KEPT + 1 :], now))
        replace_lines(path, lines)


def read(path: Path) -> list[State]:
    """Read what is remembered; a line that can't be read counts as none."""
    try:
        with path.open("rb") as file:
            lines = file.read(LARGEST).splitlines()
    except OSError:
        return []
    return [state for line in lines if (state := _state(line))]


def _state(line: bytes) -> State | None:
    try:
        data: Any = json.loads(line)
        figures = {str(name): float(share) for name, share in data["figures"].items()}
        return State(
            at=str(data["at"]),
            state=str(data["state"]),
            submissions=int(data["submissions"]),
            figures=figures,
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def shifts(old: State, now: State) -> Iterator[Shift]:
    """Yield what both know and isn't as it was, the greatest shift first."""
    both = [(name, old.figures[name], share) for name, share in now.figures.items() if name in old.figures]
    for name, was, share in sorted(both, key=lambda each: -abs(each[2] - each[1])):
        if abs(share - was) >= SMALLEST:
            module, _, exercise = name.partition("/")
            yield Shift(module=module, name=exercise, before=was, now=share)
