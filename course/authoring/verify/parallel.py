"""Runs what takes time in several processes: one zygote and one judge a module in each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Generic, TypeVar

from course.authoring.verify.behaviour import behaviour_rules, collection_rules
from course.authoring.verify.rules import Problem
from course.authoring.verify.subjects import ExerciseSubject
from course.authoring.verify.trial import Trial, TrialRunner

T = TypeVar("T")

# One a process: a zygote takes 2 s to start, a judge 1 s.
bench = TrialRunner()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[T]):
    """A piece of work; `work` can be sent to another process."""

    label: str
    work: Callable[[], T]


def try_exercise(subject: ExerciseSubject, draws: int = 1) -> list[Problem]:
    """Find the problems of an exercise's behaviour. Each answer is graded `draws` times."""
    trial = Trial(subject=subject, bench=bench, draws=draws)
    return collection_rules.problems(trial) or behaviour_rules.problems(trial)


def run_tasks(tasks: Sequence[Task[T]], jobs: int | None = None) -> Iterator[tuple[Task[T], T]]:
    """Run tasks, `jobs` at a time, and yield each as it is done. Ctrl-C ends all of them."""
    jobs = min(jobs or os.cpu_count() or 1, len(tasks))
    if jobs <= 1:
        try:
            for task in tasks:
                yield task, task.work()
        finally:
            bench.close()
        return
    # Spawned, not forked: the caller may run threads, as a progress bar does.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_begin)
    try:
        running = {pool.submit(task.work): task for task in tasks}
        for done in as_completed(running):
            yield running[done], done.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True)


def _begin() -> None:
    """Prepare a worker: only its parent hears Ctrl-C, and it leaves no process behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    Finalize(None, bench.close, exitpriority=10)


def _stop(_signal: int, _frame: object) -> None:
    sys.exit(1)
