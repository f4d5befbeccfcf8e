"""Runs grading jobs on this machine, several at a time, each in a worker process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Iterable
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Self, cast

from autograder.executors.worker_process import Child, WorkerProcess, serve
from autograder.grading.job import Job, JobResult, Setup

# A fork shares what is imported already and takes 10 ms; a new interpreter takes a second. It is safe as long
# as the parent runs no threads, so it has none: it waits for all pipes at once.
_FORK = multiprocessing.get_context("fork")


class LocalExecutor:
    """Workers on this machine. Use it as a context manager."""

    def __init__(self, setup: Setup, processes: int) -> None:
        if processes > 1:
            import_module("autograder.grading.worker")  # once here, and not once in each
        self._workers: list[WorkerProcess] = []
        for _ in range(processes):
            self._workers.append(WorkerProcess(partial(forked, setup, self._workers)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        """See `Executor`: there is one job at a time for each worker, and one more in the making.

        Raises:
            RuntimeError: the tests cannot be loaded, or there is no process to run submissions in.
        """
        upcoming = iter(jobs)
        busy = {worker.pipe: worker for worker in self._workers if worker.begin(next(upcoming, None))}
        while busy:
            for pipe in wait(list(busy)):
                worker = busy.pop(cast("Connection", pipe))
                result = worker.result()
                if result is None or worker.begin(next(upcoming, None)):
                    busy[worker.pipe] = worker
                if result:
                    yield result

    def close(self) -> None:
        """End the workers, and with them what they run."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.join()


def forked(setup: Setup, siblings: list[WorkerProcess]) -> Child:
    """Start a worker in a fork of this process."""
    pipe, inner = _FORK.Pipe()
    inherited = [pipe, *(worker.pipe for worker in siblings)]
    process = _FORK.Process(target=_serve, args=(inner, inherited, setup), name="worker")
    process.start()
    inner.close()  # else the pipe would not end with the process

    def wait_for(seconds: float | None) -> int | None:
        process.join(seconds)
        return process.exitcode

    return Child(pipe, process.terminate, process.kill, wait_for)


def _serve(pipe: Connection, inherited: list[Connection], setup: Setup) -> None:
    """Do what comes through the pipe until it closes. Runs in the other process."""
    for other in inherited:
        other.close()  # else those pipes would not end with the parent
    serve(pipe, setup)
