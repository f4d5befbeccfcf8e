"""Judges the exercises of one submission side by side, where it's the last and processors would be idle.

Most exercises wait: for a node that sleeps, for a backend that hangs. Each lane is a fork of the process that
grades, with a warm process, walls, a control group and a reader of evidence of its own. So each process has
the bounds that it would have alone. Within an exercise the tests run one after the other, as ever.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from autograder.results.verdicts import ExerciseResult
from autograder.sandbox.inside import syscalls
from autograder.sandbox.zygote_start import BranchedZygote

END_SECONDS = 3.0  #: that a lane gets to end its warm process in
MOST = 256  #: names in a queue: each is one byte

Results = tuple[ExerciseResult, ...]

# Safe here as for workers: before a submission begins, no thread of the process that grades is at work.
_FORK = multiprocessing.get_context("fork")


class Queue:
    """Names that several processes take from, each name going to one of them.

    They are numbers in a pipe whose other end is closed: a read takes one, and none are left at its end.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names[:MOST]
        self._read, write = os.pipe()
        os.write(write, bytes(range(len(self._names))))
        os.close(write)

    def __iter__(self) -> Iterator[str]:
        while taken := os.read(self._read, 1):
            yield self._names[taken[0]]

    def close(self) -> None:
        """Give back the pipe; whoever was forked has its own end of it."""
        os.close(self._read)


class Lane:
    """A fork of this process that judges. Close it after use.

    Args:
        branch: the warm process that it takes.
        judge: what it does. It's given what to call with the results.
    """

    def __init__(self, branch: BranchedZygote, judge: Callable[[Callable[[Results], None]], None]) -> None:
        self._pipe, inner = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_run, args=(inner, judge), name="lane", daemon=True)
        self._process.start()
        inner.close()  # else the pipe would not end with the process
        branch.let_go()  # else the warm one would not

    def results(self) -> Results:
        """Wait for what it found; nothing where it has died."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            return ()

    def close(self) -> None:
        """End it. What it has not told by now is lost."""
        self._process.terminate()
        self._process.join(END_SECONDS)
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _run(pipe: Connection, judge: Callable[[Callable[[Results], None]], None]) -> None:
    """Judge, in the other process."""
    if sys.platform == "linux":
        syscalls.die_with_parent(signal.SIGKILL)
    with suppress(Exception):  # whoever waits for it finds what it has not told, and judges that again
        judge(pipe.send)
