"""Reads `--due 01_basic=2026-11-30T23:59`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from course.errors import UsageError


def due_dates(words: Sequence[str]) -> dict[str, datetime]:
    """Return due dates by module. A time without a zone is in this machine's.

    Raises:
        UsageError: it is something else.
    """
    found: dict[str, datetime] = {}
    for word in words:
        module, _, when = word.partition("=")
        try:
            found[module] = datetime.fromisoformat(when).astimezone()
        except ValueError:
            raise UsageError(f"`--due {word}`: write MODULE=DATE, as in 01_basic=2026-11-30T23:59") from None
    return found
