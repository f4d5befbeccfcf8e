"""Several markers at once, each in a process of its own, so that none can take the class along."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Iterable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Self, cast

from autograder.executors.serving import died, serve
from autograder.grading.job import Done, Job, Setup

# A fork shares what is imported already and takes 10 ms; a new interpreter takes a second. It is safe as long
# as the parent runs no threads, so it has none: it waits for all pipes at once.
_FORK = multiprocessing.get_context("fork")


class LocalExecutor:
    """Markers on this machine. Use it as a context manager."""

    def __init__(self, setup: Setup, processes: int) -> None:
        if processes > 1:
            import_module("autograder.grading.worker")  # once here, and not once in each
        self._helpers: list[Helper] = []
        for _ in range(processes):
            self._helpers.append(Helper(setup, self._helpers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, jobs: Iterable[Job]) -> Generator[Done]:
        """See `Executor`: there is one job at a time for each helper, and one more in the making.

        Raises:
            RuntimeError: the tests cannot be loaded, or there is no process to run submissions in.
        """
        upcoming = iter(jobs)
        busy = {helper.pipe: helper for helper in self._helpers if helper.begin(next(upcoming, None))}
        while busy:
            for pipe in wait(list(busy)):
                helper = busy.pop(cast("Connection", pipe))
                done = helper.result()
                if done is None or helper.begin(next(upcoming, None)):
                    busy[helper.pipe] = helper
                if done:
                    yield done

    def close(self) -> None:
        """End the markers, and with them what they run."""
        for helper in self._helpers:
            helper.end()
        for helper in self._helpers:
            helper.join()


class Helper:
    """A marker in another process. When that dies, its submission is told so, and another is started."""

    def __init__(self, setup: Setup, siblings: list[Helper]) -> None:
        self._setup, self._siblings = setup, siblings
        self._job: Job | None = None
        self._failed = False
        self._start()

    def _start(self) -> None:
        self.pipe, inner = _FORK.Pipe()
        inherited = [self.pipe, *(helper.pipe for helper in self._siblings if helper is not self)]
        self._process = _FORK.Process(target=_serve, args=(inner, inherited, self._setup), name="marker")
        self._process.start()
        inner.close()  # else the pipe would not end with the process

    def begin(self, job: Job | None, failure: str = "") -> bool:
        """Send a job, if there is one."""
        self._job, self._failed = job, bool(failure)
        if job is None:
            return False
        with suppress(OSError):  # it has died: `result` finds that out
            self.pipe.send((job, failure))
        return True

    def result(self) -> Done | None:
        """Return what became of the job; nothing yet if its process died, and another has it now.

        Raises:
            RuntimeError: no process can do any job.
        """
        try:
            answer: Done | str = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            how = f"exit code {self._process.exitcode}"
            self.pipe.close()
            if self._failed:
                raise RuntimeError(f"the grading process dies as soon as it starts ({how})") from None
            self._start()
            self.begin(self._job, died(how))
            return None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def end(self) -> None:
        """Tell the process to end."""
        self._process.terminate()

    def join(self) -> None:
        """Wait for its end, and insist."""
        self._process.join(3)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, inherited: list[Connection], setup: Setup) -> None:
    """Do what comes through the pipe until it closes. Runs in the other process."""
    for other in inherited:
        other.close()  # else those pipes would not end with the parent
    serve(pipe, setup)
