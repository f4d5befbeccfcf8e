"""Names processes by pidfd, a number that no other process can take over."""

from __future__ import annotations

import select
from pathlib import Path


def pid_of(pidfd: int) -> int:
    """Return the number of a process, as this process would call it.

    Raises:
        ProcessLookupError: it has ended.
    """
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Pid" and int(value) > 0:
            return int(value)
    raise ProcessLookupError("the process has ended")


def readable(descriptor: int, seconds: float) -> bool:
    """Wait until there is something to read. `select` would refuse a number above 1023."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
