"""A marker in a fresh process: for one that runs threads, as a Dask worker does, and so must not fork.

Dask's workers are daemons to `multiprocessing`, which lets those start nothing; so this is a plain child.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from autograder.executors.serving import died, serve
from autograder.grading.job import Done, Job, Setup

PATIENCE = 3  #: seconds that it gets to clean up


class Apart:
    """A marker in a process of its own. When that dies, its submission is told so, and another is started."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._closed = setup, False
        self._start()

    def _start(self) -> None:
        self._pipe, inner = Pipe()
        words = [sys.executable, "-m", __name__, str(inner.fileno())]
        self._process = subprocess.Popen(words, pass_fds=[inner.fileno()], stdin=subprocess.DEVNULL)
        inner.close()  # else the pipe would not end with the process
        with suppress(OSError):  # it has died: `do` finds that out
            self._pipe.send(self._setup)

    def do(self, job: Job, failure: str = "") -> Done:
        """Do a job. `failure` is what went wrong when it was tried before.

        Raises:
            RuntimeError: no job can be done; the text says why.
        """
        try:
            return self._ask(job, failure)
        except (EOFError, OSError):
            how = self._renew()
        try:
            return self._ask(job, failure or died(how))
        except (EOFError, OSError):
            raise RuntimeError(f"the grading process dies as soon as it starts ({self._renew()})") from None

    def _ask(self, job: Job, failure: str) -> Done:
        self._pipe.send((job, failure))
        answer: Done | str = self._pipe.recv()
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def _renew(self) -> str:
        """Start another process; return how the last one ended."""
        how = f"exit code {self._process.wait()}"
        self._pipe.close()
        if self._closed:
            raise RuntimeError("the grading process was told to end")
        self._start()
        return how

    def end(self) -> None:
        """Tell the process to end."""
        self._closed = True
        self._process.terminate()

    def join(self) -> None:
        """Wait for its end, and insist."""
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _main(descriptor: int) -> None:
    pipe = Connection(descriptor)
    serve(pipe, pipe.recv())


if __name__ == "__main__":
    _main(int(sys.argv[1]))
