"""Runs grading jobs in a process of their own, so that a crash costs one submission and no other.

Run as `python -m autograder.executors.worker_process FD` where a fork is not safe: in a process with threads.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING

from autograder.grading.job import Job, JobResult, Setup
from autograder.sandbox.inside import syscalls
from autograder.sandbox.limits import Limits

if TYPE_CHECKING:
    from autograder.grading.worker import Worker

CLEANUP_SECONDS = 3.0  #: what it gets to end its zygote in
JOB_SECONDS = 60.0  #: beyond twice what a submission's own processes may take
LOST = (EOFError, BrokenPipeError, ConnectionResetError)


def died(how: str) -> str:
    """Say of a submission that what graded it has ended without a word."""
    return f"the grading process died while it graded this ({how})"


@dataclass(frozen=True, slots=True)
class Child:
    """A started process, and the pipe to it."""

    pipe: Connection
    terminate: Callable[[], None]
    kill: Callable[[], None]
    wait: Callable[[float | None], int | None]  #: seconds to wait at most; its exit code, if it has ended


class WorkerProcess:
    """Does one job at a time. When its process dies, the job is an internal error and another is started."""

    def __init__(self, start: Callable[[], Child]) -> None:
        self._start, self._child = start, start()
        self._job: Job | None = None
        self._failure = ""
        self._died = self._closed = False

    @property
    def pipe(self) -> Connection:
        """What can be read from as soon as `result` has something to say."""
        return self._child.pipe

    def begin(self, job: Job | None, failure: str = "") -> bool:
        """Send a job, if there is one. `failure` is what went wrong when it was tried before."""
        self._job, self._failure, self._died = job, failure, False
        if job is None:
            return False
        self._send()
        return True

    def _send(self) -> None:
        with suppress(OSError):  # it has died: `result` finds that out
            self.pipe.send((self._job, self._failure))

    def result(self) -> JobResult | None:
        """Return what became of the job; nothing yet if its process died, and another has it now.

        Raises:
            RuntimeError: no process can do any job.
        """
        try:
            answer: JobResult | str = self.pipe.recv()
        except (EOFError, OSError):
            code = self._child.wait(None)
            self._restart("it took too long" if code == -signal.SIGALRM else f"exit code {code}")
            return None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def _restart(self, how: str) -> None:
        """Start another process, and have it say of the job that the first one died of it."""
        self.pipe.close()
        if self._closed:
            raise RuntimeError("the grading process was told to end")
        if self._died:
            raise RuntimeError(f"the grading process dies as soon as it starts ({how})")
        self._child, self._died = self._start(), True
        self._failure = self._failure or died(how)
        self._send()

    def do(self, job: Job, failure: str = "") -> JobResult:
        """Do a job, and wait for it. Raises what `result` does."""
        self.begin(job, failure)
        while (found := self.result()) is None:
            pass
        return found

    def end(self) -> None:
        """Tell the process to end."""
        self._closed = True
        self._child.terminate()

    def join(self) -> None:
        """Wait for its end, and insist."""
        if self._child.wait(CLEANUP_SECONDS) is None:
            self._child.kill()
            self._child.wait(None)
        self.pipe.close()


def spawned(setup: Setup) -> Child:
    """Start a worker in a fresh interpreter."""
    pipe, inner = Pipe()
    words = [sys.executable, "-m", __name__, str(inner.fileno())]
    process = subprocess.Popen(words, pass_fds=[inner.fileno()], stdin=subprocess.DEVNULL)
    inner.close()  # else the pipe would not end with the process
    with suppress(OSError):  # it has died: `result` finds that out
        pipe.send(setup)

    def wait(seconds: float | None) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(seconds)
        return None

    return Child(pipe, process.terminate, process.kill, wait)


def job_seconds(setup: Setup) -> float:
    """Return how long a job may take before its process is ended: then the grader itself is stuck."""
    return JOB_SECONDS + 2 * (setup.limits or Limits()).wall_seconds


def serve(pipe: Connection, make: Callable[[], Worker], seconds: float) -> None:
    """Answer each job that comes through the pipe until it closes; by a text if none can be done.

    Args:
        pipe: the line to whoever has jobs.
        make: returns what does them; it's called here.
        seconds: how long a job may take.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    try:
        worker = make()
    except Exception as error:  # tests that cannot be loaded: every job would meet the same
        with suppress(*LOST, OSError):
            pipe.recv()
            pipe.send(str(error))
        return
    with worker, suppress(*LOST):
        signal.signal(signal.SIGTERM, lambda _signal, _frame: _leave(worker))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the system ends it, even inside a library's loop
        while True:
            job, failure = pipe.recv()
            signal.setitimer(signal.ITIMER_REAL, seconds)
            answer = _answer(worker, job, failure)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send_bytes(answer)


def _answer(worker: Worker, job: Job, failure: str) -> memoryview:
    """Do a job; whatever happens, there is an answer that goes through a pipe."""
    try:
        return ForkingPickler.dumps(worker.do(job, failure))
    except Exception as error:  # nobody foresaw it; unanswered, the parent would wait for ever
        said = f"the grader failed ({type(error).__name__}: {error})"
        return ForkingPickler.dumps(worker.failed(job, said, traceback.format_exc()))


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


def _spawned(pipe: Connection) -> None:
    """Serve jobs in a fresh interpreter."""
    from autograder.grading.worker import Worker

    setup: Setup = pipe.recv()
    serve(pipe, partial(Worker, setup), job_seconds(setup))


if __name__ == "__main__":
    _spawned(Connection(int(sys.argv[1])))
