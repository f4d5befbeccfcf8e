"""What a process of markers does: jobs, as they come through a pipe, until it closes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from autograder.grading.job import Setup
from autograder.sandbox.inside import syscalls

if TYPE_CHECKING:
    from autograder.grading.worker import Worker


def died(how: str) -> str:
    """Say of a submission that what graded it has ended without a word."""
    return f"the grading process died while it graded this ({how}): grade it alone"


def serve(pipe: Connection, setup: Setup) -> None:
    """Answer each job, which comes with what went wrong before; answer by a text if none can be done."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    from autograder.grading.worker import Worker

    try:
        with Worker(setup) as worker:
            signal.signal(signal.SIGTERM, lambda _signal, _frame: _leave(worker))
            while True:
                pipe.send(worker.do(*pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # tests that cannot be loaded: every job would meet the same
        with suppress(EOFError, OSError):
            pipe.recv()
            pipe.send(str(error))


def _leave(worker: Worker) -> None:
    """End at once. An exception would not do: a test that runs just now would take it for its own failure."""
    try:
        worker.close()
    finally:
        os._exit(0)


def die_with_parent() -> None:
    """Have the system kill this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        syscalls.die_with_parent(signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent and parent.pid != os.getppid():
        os._exit(1)  # it ended before
