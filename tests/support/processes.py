"""Processes of this machine, as /proc has them: which there are, below which, and whether they end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support import patience


def runs(pid: int) -> bool:
    """Tell whether there is such a process, and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_ended(*pids: int) -> None:
    """Fail where one of them goes on."""
    patience.wait_for(
        lambda: not any(map(runs, pids)),
        saying=lambda: f"still running: {[pid for pid in pids if runs(pid)]}",
    )


def children(pid: int) -> set[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(word) for task in tasks for word in task.read_text().split()}


def descendants(pid: int) -> set[int]:
    """Return those that it has started, those that they have started, and so on."""
    found, waiting = set[int](), [pid]
    while waiting:
        below = children(waiting.pop())
        found |= below
        waiting += below
    return found


def kill(pid: int) -> None:
    """Send SIGKILL."""
    os.kill(pid, signal.SIGKILL)
