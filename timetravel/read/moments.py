"""Reads the time that a checkpoint's id holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

_BEGIN = datetime(1582, 10, 15, tzinfo=UTC)  # where the clock of a UUID starts


def moment_of(checkpoint_id: str) -> str:
    """When a checkpoint was made, by its UUIDv6; empty for any other id.

    An encrypted checkpoint tells its time only here.
    """
    try:
        number = UUID(checkpoint_id)
        if number.version != 6:
            return ""
        ticks = (number.int >> 80 << 12) | (
            number.int >> 64 & 0xFFF
        )  # 0.1 µs each, around the version's digit
        return (_BEGIN + timedelta(microseconds=ticks // 10)).isoformat()
    except (ValueError, OverflowError):
        return ""
