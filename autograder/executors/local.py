"""Runs grading jobs on this machine, several at a time, each in a worker process of its own."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Generator, Iterable
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Self, cast

from autograder.executors.pace import LOOK_SECONDS, Pace
from autograder.executors.worker_process import Child, WorkerProcess, job_seconds, serve
from autograder.grading.job import Job, JobResult, Setup
from autograder.sandbox.limits import Limits
from autograder.sandbox.machine import Machine

if TYPE_CHECKING:
    from autograder.grading.worker import Worker
    from autograder.sandbox.zygote_start import BranchedZygote

# A fork shares what is imported already and takes 10 ms; a new interpreter takes a second. It is safe as long
# as the parent runs no threads, so it has none: it waits for all pipes at once.
_FORK = multiprocessing.get_context("fork")


class LocalExecutor:
    """Workers on this machine, as many as it carries. Use it as a context manager.

    Tests are loaded once, here, and LangGraph is imported once, in a zygote that runs no submission. Each
    worker is a fork of this process, and its zygote a fork of that one.

    Args:
        setup: what submissions are graded with.
        at_most: how many may be graded at a time.
        pace: what decides how many are.
    """

    def __init__(self, setup: Setup, at_most: int, *, pace: type[Pace] = Pace) -> None:
        limits = setup.limits or Limits()
        self._pace = pace(Machine(), at_most=at_most, bytes_each=limits.most_bytes)
        self._seconds, self._fault = job_seconds(setup), ""
        self._workers: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._first: Worker | None = None
        try:
            self._first = import_module("autograder.grading.worker").Worker(setup)
            gc.collect()
            gc.freeze()  # the collector would touch, and so copy, every page that workers share
        except Exception as error:  # tests that cannot be loaded: every job would meet the same
            self._fault = str(error)
            return
        self._idle += [self._new() for _ in range(self._pace.at_a_time)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        """See `Executor`: there is one job at a time for each worker, and one more in the making.

        Raises:
            RuntimeError: the tests cannot be loaded, or there is no process to run submissions in.
        """
        if self._fault:
            raise RuntimeError(self._fault)
        upcoming = iter(jobs)
        busy: dict[Connection, WorkerProcess] = {}
        done: list[JobResult] = []
        self._pace.begin()
        while True:
            while len(busy) < self._pace.at_a_time and (job := next(upcoming, None)):
                worker = self._idle.pop() if self._idle else self._new()
                worker.begin(replace(job, lanes=self._pace.share(job.lanes, len(busy) + 1)))
                busy[worker.pipe] = worker
            yield from done  # only now: whoever takes them has things to do, and nobody waits for that
            if not busy:
                return
            done.clear()
            for pipe in wait(list(busy), LOOK_SECONDS):
                worker = busy.pop(cast("Connection", pipe))
                if result := worker.result():
                    self._idle.append(worker)
                    done.append(result)
                else:  # its process died, and another has the job
                    busy[worker.pipe] = worker
            self._pace.look(len(busy))

    def _new(self) -> WorkerProcess:
        worker = WorkerProcess(self._fork)
        self._workers.append(worker)
        return worker

    def _fork(self) -> Child:
        """Start a worker in a fork of this process, with a zygote of its own."""
        assert self._first
        pipe, inner = _FORK.Pipe()
        inherited = [pipe, *(worker.pipe for worker in self._workers)]
        branch = self._first.branch()
        given = (inner, inherited, self._first, branch, self._seconds)
        process = _FORK.Process(target=_serve, args=given, name="worker")
        process.start()
        inner.close()  # else the pipe would not end with the process
        branch.let_go()  # else the zygote would not

        def wait_for(seconds: float | None) -> int | None:
            process.join(seconds)
            return process.exitcode

        return Child(pipe, process.terminate, process.kill, wait_for)

    def close(self) -> None:
        """End the workers, and with them what they run."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.join()
        if self._first:
            self._first.close()


def _serve(
    pipe: Connection, inherited: list[Connection], first: Worker, branch: BranchedZygote, seconds: float
) -> None:
    """Do what comes through the pipe until it closes. Runs in the other process."""
    for other in inherited:
        other.close()  # else those pipes would not end with the parent
    serve(pipe, lambda: first.take(branch), seconds)
