"""Defines when a student's work is due, and by how much a submission missed that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from autograder.gradebook.connection import naive


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a module is due, in UTC without saying so, as nbgrader keeps it; none where there is no date."""

    due: datetime | None = None  #: for the class
    extended: datetime | None = None  #: for one student, who got an extension

    @classmethod
    def of(cls, due: datetime | None, extension: timedelta | None) -> Self:
        """Return a module's due date with a student's extension, as the gradebook has both."""
        return cls(due=due, extended=due + extension if due and extension else None)

    def seconds_late(self, submitted: datetime | None) -> float:
        """Return by how much a submission missed it."""
        due, when = self.extended or self.due, naive(submitted)
        return max(0.0, (when - due).total_seconds()) if due and when else 0.0


def in_utc(when: datetime | None) -> str:
    """Return a time of nbgrader's in ISO form, with its zone; empty for none."""
    return when.replace(tzinfo=UTC).isoformat() if when else ""
