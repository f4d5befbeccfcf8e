"""Reads the times that systems write: nbgrader's, ISO's in any zone, those of e-mails, American ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONED = re.compile(r"(?P<time>\S+[ T]\S+) (?P<zone>\S+)")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d")
AMERICAN = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p")


def read_time(text: str) -> datetime:
    """Return a time in UTC; what names no zone is taken for UTC, as nbgrader does.

    Raises:
        ValueError: it's no time, or of a zone that nobody knows: never taken for another.
    """
    text = text.removeprefix("\ufeff").strip()
    try:
        when = _read(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError as error:  # a year 1 with a zone is before all time
        raise ValueError(str(error)) from None


def _read(text: str) -> datetime:
    for read in (datetime.fromisoformat, _zoned, _american, parsedate_to_datetime):
        try:
            return read(text)
        except (ValueError, TypeError, IndexError):
            continue
    raise ValueError(f"no time: {text[:40]!r}")


def _zoned(text: str) -> datetime:
    """`2026-12-02 10:00:00 Europe/Berlin`, or `… CET`, or `… +0100`."""
    if not (found := _ZONED.fullmatch(text)):
        raise ValueError("no zone")
    if _OFFSET.fullmatch(found["zone"]):
        return datetime.fromisoformat(found["time"] + found["zone"])
    try:
        zone = ZoneInfo(found["zone"])
    except (ZoneInfoNotFoundError, OSError) as error:  # an OSError: a folder's name
        raise ValueError("no zone") from error
    return datetime.fromisoformat(found["time"]).replace(tzinfo=zone)


def _american(text: str) -> datetime:
    for form in AMERICAN:
        try:
            return datetime.strptime(text, form)  # without a zone, it is UTC
        except ValueError:
            continue
    raise ValueError("not American")
