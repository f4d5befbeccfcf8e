"""Reads again what was caught between two writes of a run."""

from __future__ import annotations

import time
from collections.abc import Callable

from timetravel.model.history import History

PAUSE = 0.25  # seconds; between a node's writes and the next checkpoint a saver needs a few milliseconds


def settled(read: Callable[[], History]) -> History:
    """Read a history; once more, if a thread that runs was caught half-committed."""
    found = read()
    if found.head is None or found.head.state != "half-committed":
        return found
    time.sleep(PAUSE)
    return read()
