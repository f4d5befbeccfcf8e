"""Says numbers in English: "once", "3 times", "1 message", "2 messages"."""

from __future__ import annotations


def often(count: int) -> str:
    """Say how often something happened."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def counted(count: float, one: str, many: str = "") -> str:
    """Say a number and its noun; without `many`, the plural is `one` with an s."""
    return f"{count:,g} {one if count == 1 else many or one + 's'}"
