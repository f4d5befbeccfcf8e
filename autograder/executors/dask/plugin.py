"""Keeps tests and a warm worker process for each thread on a Dask worker while a class is graded."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from distributed import Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from autograder.executors.dask.environment import WorkerEnvironment, mismatch, this_machine
from autograder.executors.dask.payload import Payload, unpack
from autograder.executors.worker_process import WorkerProcess, spawned
from autograder.grading.job import Job, JobResult
from autograder.sandbox.scratch import scratch_folder, sweep


class GradingPlugin(WorkerPlugin):
    """Comes to every worker there is, and to each that joins later, and ends with it."""

    def __init__(self, payload: Payload, wanted: WorkerEnvironment) -> None:
        self._payload, self._wanted = payload, wanted

    def setup(self, worker: Worker) -> None:
        """Unpack, and start to warm up. What forbids to grade here is told to the first job."""
        self._folder: Path | None = None
        self._workers: list[WorkerProcess] = []
        self._idle: SimpleQueue[WorkerProcess] = SimpleQueue()
        here = this_machine()
        self._fault = mismatch(self._wanted, here)
        if self._fault:
            return
        sweep()  # of those that were killed, and they hold hidden tests
        self._folder = scratch_folder("grading-plugin-")
        setup = unpack(self._payload, self._folder)
        if here.tier.name != "none":  # a run that may go on without walls uses those that there are
            setup = replace(setup, tier=here.tier)
        for _ in range(worker.state.nthreads):
            self._workers.append(WorkerProcess(partial(spawned, setup)))
            self._idle.put(self._workers[-1])

    def teardown(self, worker: Worker) -> None:
        """End the workers, and remove the tests."""
        for process in self._workers:
            process.end()
        for process in self._workers:
            process.join()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def do(self, job: Job, failure: str) -> JobResult:
        """Do a job as soon as a process is idle.

        Raises:
            RuntimeError: no job can be done here; the text says why.
        """
        if self._fault:
            raise RuntimeError(self._fault)
        process = self._idle.get()
        try:
            return process.do(job, failure)
        finally:
            self._idle.put(process)


def grade(plugin: str, job: Job, failure: str) -> JobResult:
    """Do a job with the plugin of this name. Dask runs it on a worker.

    Raises:
        RuntimeError: no job can be done here; the text says why.
    """
    worker = get_worker()
    found = worker.plugins.get(plugin)
    if not isinstance(found, GradingPlugin):
        raise RuntimeError(f"{worker.address} was not given what the class is graded with")
    return found.do(job, failure)
