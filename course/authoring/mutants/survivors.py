"""Reads `survivors.toml` in an exercise's folder: why no test should catch some of its mutants."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course.authoring.mutants.trying import Tried
from course.errors import CourseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a mutant may live."""

    exercise: str
    becomes: str  #: the mutant's line
    why: str


def read_reasons(path: Path) -> list[Reason]:
    """Read a file of reasons; without it there are none.

    Raises:
        CourseError: it cannot be read as one.
    """
    if not path.is_file():
        return []
    try:
        return [
            Reason(exercise=path.parent.name, **each)
            for each in tomllib.loads(path.read_text("utf-8")).get("survivor", [])
        ]
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise CourseError(f"{path}:1: each [[survivor]] has `becomes` and `why` ({error})") from None


def reason_for(tried: Tried, reasons: Sequence[Reason]) -> str:
    """Return why a survivor may live; empty where nobody has said."""
    return next(
        (r.why for r in reasons if (r.exercise, r.becomes) == (tried.exercise, tried.mutant.becomes)), ""
    )
