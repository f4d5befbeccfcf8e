"""Measures how long a process stood in line for a processor, which tells what is slow from what is stuck."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from autograder.sandbox.pidfds import pid_of

SHARE = 0.25  #: of a call's time: whoever has missed more of it than that might have come back in time
TICKS = os.sysconf("SC_CLK_TCK")
MOST_THREADS = 64  #: that are looked at in one process
WANTING = {"R", "D"}  #: states of a thread that runs, could run, or waits for a disk


class Stalled:
    """The time that a process has missed, since this was made, because others had the processors.

    Linux tells how long a process ran. Whether it could have run is seen by looking again and again; what it
    could have and didn't, others had. A process that waits for a lock, or for time to pass, misses nothing.

    Attributes:
        seconds: what had been missed at the last look.
    """

    def __init__(self, pid: int) -> None:
        self._pid, self._own = pid, threading.get_native_id()
        self._began, self._looked, self._wanted = _seconds_run(pid), time.monotonic(), 0.0
        self.seconds = 0.0

    def look(self) -> None:
        """See whether it wants a processor, and take that for all the time since the last look."""
        before, self._looked = self._looked, time.monotonic()
        if self._wants():
            self._wanted += self._looked - before
        self.seconds = max(self.seconds, self._wanted - (_seconds_run(self._pid) - self._began))

    def _wants(self) -> bool:
        """Tell whether any of its threads runs or could; but for the one that looks."""
        with suppress(OSError):
            for thread in islice(os.scandir(f"/proc/{self._pid}/task"), MOST_THREADS):
                if thread.name != str(self._own) and _stat(f"{thread.path}/stat")[0] in WANTING:
                    return True
        return False


class CallStalled:
    """What a call has missed: the process that was called, and a server that may run beside us, in threads.

    Where /proc doesn't tell, nothing was missed.
    """

    def __init__(self, pidfd: int) -> None:
        self._both: list[Stalled] = []
        with suppress(OSError, ValueError):
            self._both = [Stalled(pid_of(pidfd)), Stalled(os.getpid())]

    def look(self) -> None:
        """Look at both."""
        for one in self._both:
            with suppress(OSError, ValueError):
                one.look()

    @property
    def seconds(self) -> float:
        """What had been missed at the last look."""
        return sum(one.seconds for one in self._both)


def _seconds_run(pid: int) -> float:
    """Return the processor time of a process, and of threads of its that have ended."""
    words = _stat(f"/proc/{pid}/stat")
    return (int(words[11]) + int(words[12])) / TICKS


def _stat(path: str) -> list[str]:
    """Return the words of a `stat` file from the state on; before it is a name, which may hold anything."""
    return Path(path).read_text(errors="replace").rpartition(")")[2].split()
