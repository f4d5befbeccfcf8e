"""Runs grading jobs on a Dask cluster: a few in flight at a time, each result taken as it comes."""

from __future__ import annotations

import gc
import sys
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any, Self

from distributed import Client, Future, KilledWorker

from autograder.executors.dask.environment import WorkerEnvironment, mismatch, this_machine
from autograder.executors.dask.payload import pack
from autograder.executors.dask.plugin import GradingPlugin, grade
from autograder.executors.worker_process import died
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.keys import digest

CONNECT_SECONDS = 10.0


def join(address: str, setup: Setup, plugin: str) -> Any:  # noqa: ANN401 — a client's methods have no types
    """Give every worker, and those that join later, a plugin of that name; return a client of the scheduler.

    Raises:
        RuntimeError: no scheduler answers, or a worker would grade otherwise than this machine.
    """
    wanted = this_machine(setup.tier)
    client = _connect(address)
    try:
        _compare(client, address, wanted)
        client.register_plugin(GradingPlugin(pack(setup), wanted), name=plugin)
    except OSError as error:
        client.close()
        raise RuntimeError(f"a worker at {address} was lost before it could begin: {error}") from None
    except BaseException:
        client.close()
        raise
    return client


def _connect(address: str) -> Any:  # noqa: ANN401
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        fault = str(error)
    gc.collect()  # a client that is half made ends now: at the end of the program that would take 20 s
    raise RuntimeError(f"no Dask scheduler answers at {address}: {fault}")


def _compare(client: Any, address: str, wanted: WorkerEnvironment) -> None:  # noqa: ANN401
    found: dict[str, WorkerEnvironment | Exception] = client.run(this_machine, on_error="return")
    faults = {
        f"{worker}: {there}" if isinstance(there, Exception) else mismatch(wanted, there)
        for worker, there in found.items()
    } - {""}
    if faults:
        lines = [f"the workers at {address} would not grade as this machine does:", *sorted(faults)]
        remedy = "Install the same requirements.lock and the same course there, and start them again."
        raise RuntimeError("\n".join([*lines, remedy]))


WINDOW = 4  #: jobs in flight for each thread of the cluster: so many submissions are in memory, not the class
LOOK_SECONDS = 1.0  #: how often to count the workers


class DaskExecutor:
    """The workers of a cluster. Use it as a context manager.

    Args:
        setup: what submissions are graded with.
        address: the scheduler's, as `tcp://host:8786` or `tls://…`.
        place: what names the run among all that ask the cluster: a run that was killed leaves its plugin
            on the workers, and the next at the same place takes that over.

    Raises:
        RuntimeError: no scheduler answers, or a worker would grade otherwise than this machine.
    """

    def __init__(self, setup: Setup, *, address: str, place: str) -> None:
        self._address, self._plugin = address, f"grading-{digest([place])[:12]}"
        self._run = f"grade-{uuid.uuid4().hex[:8]}"  # Dask shows what is before the hash
        self._running: dict[Future[JobResult], tuple[Job, str]] = {}
        self._ended: SimpleQueue[Future[JobResult]] = SimpleQueue()
        self._threads, self._looked, self._waiting = 0, 0.0, False
        self._client = join(address, setup, self._plugin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        """See `Executor`: what a worker had when it died goes to another.

        Raises:
            RuntimeError: the tests cannot be loaded, there is no process to run submissions in, or the
                scheduler is gone.
        """
        upcoming = iter(jobs)
        self._count()
        self._refill(upcoming)
        while self._running:
            done = self._result(self._next())
            self._refill(upcoming)
            if done:
                yield done

    def _refill(self, upcoming: Iterator[Job]) -> None:
        while len(self._running) < max(1, WINDOW * self._threads):
            job = next(upcoming, None)
            if job is None:
                return
            self._send(replace(job, lanes=1))  # other processors of theirs may be at work for others

    def _send(self, job: Job, failure: str = "") -> None:
        which = "again" if failure else "alone" if job.alone else ""
        key = (self._run, job.entry.module, job.entry.student, which)
        future = self._client.submit(grade, self._plugin, job, failure, key=key, pure=False)
        self._running[future] = job, failure
        future.add_done_callback(self._ended.put)

    def _next(self) -> Future[JobResult]:
        """Wait until a job has ended, and keep an eye on the workers meanwhile."""
        while True:
            if time.monotonic() > self._looked + LOOK_SECONDS:
                self._count()
            with suppress(Empty):
                return self._ended.get(timeout=LOOK_SECONDS)

    def _result(self, future: Future[JobResult]) -> JobResult | None:
        """Return what became of a job; nothing if it goes to a worker once more."""
        job, failure = self._running.pop(future)
        try:
            return future.result()
        except KilledWorker as error:
            if failure:
                raise RuntimeError(f"the workers at {self._address} die as soon as they start") from None
            self._send(job, died(f"and so did {error.allowed_failures + 1} workers"))
            return None
        except RuntimeError:
            raise
        except (Exception, CancelledError) as error:  # Dask's own
            raise RuntimeError(f"the cluster at {self._address} was lost: {error}") from error
        finally:
            future.release()  # else the scheduler would keep every result

    def _count(self) -> None:
        """Count the threads of all workers. Where there are none, say so: they may be on their way."""
        self._looked = time.monotonic()
        if self._client.status != "running":
            return  # the scheduler is gone: what runs has been cancelled
        self._threads = sum(self._client.nthreads().values())
        if not self._threads and not self._waiting:
            print(f"no workers at {self._address}; waiting for one", file=sys.stderr, flush=True)
        self._waiting = not self._threads

    def close(self) -> None:
        """Call back what is not done, and have the workers forget the tests."""
        if self._client.status == "running":
            with suppress(OSError, ValueError):
                self._client.cancel(list(self._running), force=True)
                self._client.unregister_worker_plugin(self._plugin)
        self._client.close()
