"""What a process has missed of the processors: told from what it waits for, and from what it uses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import MagicMock

import pytest

from autograder.grading import cells
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.outcomes import Status, TimedOut
from autograder.sandbox.probes import Probe
from autograder.sandbox.stalled import SHARE, Stalled
from autograder.sandbox.zygote_client import ZygoteClient

BURN = "while True: pass"
SLEEP = "import time; time.sleep(1000)"


@contextmanager
def running(code: str, *, on_first: bool = True) -> Iterator[int]:
    """Run code in a process, on the first processor that we may use."""
    first = min(os.sched_getaffinity(0))
    # In a session of its own, as a submission is: Linux deals out time by session first.
    process = subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)
    if on_first:
        os.sched_setaffinity(process.pid, {first})
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def missed(pid: int, seconds: float = 2.0) -> float:
    """Look at a process as a call does; return which part of the time it has missed."""
    stalled, began = Stalled(pid), time.monotonic()
    while time.monotonic() - began < seconds:
        time.sleep(0.1)
        stalled.look()
    return stalled.seconds / (time.monotonic() - began)


def test_one_of_three_on_a_processor_misses_most_of_it():
    with running(BURN), running(BURN), running(BURN) as pid:
        assert missed(pid) > SHARE


def test_one_that_sleeps_beside_them_misses_nothing():
    with running(BURN), running(BURN), running(SLEEP) as pid:
        assert missed(pid) < SHARE / 2


def burn(n):
    while True:
        n += 1


def hang(n):
    import threading

    threading.Lock().acquire()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


@contextmanager
def crowd(size: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(size):
            stack.enter_context(running(BURN))
        yield


@pytest.fixture(scope="module")
def zygote() -> Iterator[ZygoteClient]:
    """One whose children run on the first processor only."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with ZygoteClient(tier=find_tier()) as zygote:
            yield zygote
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize(("probe", "slowed"), [(burn, True), (hang, False)])
def test_a_call_that_ran_out_of_time_says_whether_others_had_it(
    zygote: ZygoteClient, probe: Callable[..., None], slowed: bool
):
    import inspect

    with zygote.submission([]) as process, crowd(3):
        question = Probe(
            source=inspect.getsource(probe),
            name=probe.__name__,
            kwargs={"n": 1},
            folder=process.folder / "here",
            seconds=2.5,
        )
        with pytest.raises(TimedOut) as ended:
            process.ask(question)
    assert ended.value.slowed is slowed


@pytest.mark.parametrize(("slowed", "tries"), [(True, [None, ["remember"]]), (False, [None])])
def test_what_was_slowed_is_judged_once_more(monkeypatch: pytest.MonkeyPatch, slowed: bool, tries: list[Any]):
    """Whoever verifies an exercise or checks a notebook does so beside others, too."""
    asked: list[Any] = []

    def judged(*_: Any, names: Any, once: bool = False, **__: Any) -> tuple[ExerciseResult, ...]:
        asked.append(names)
        status: Status = "passed" if once else "timed out"
        given: dict[str, Any] = {"title": "It ends.", "points": 1, "hidden": False, "status": status}
        return (ExerciseResult(name="remember", tests=(TestResult(**given, slowed=slowed and not once),)),)

    monkeypatch.setattr(cells, "judge_process", judged)
    (result,) = cells.grade_cells(MagicMock(), MagicMock(), [])
    assert asked == tries
    assert result.status == ("passed" if slowed else "timed out")
