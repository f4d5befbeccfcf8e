"""Hidden tests of `measure_the_run`."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.counts import counted

from test_measure_the_run import Service, draw_calls, draw_processes


NAMES = (
    "two\nlines",
    "two\r\nlines",
    "a,b;c\td",
    "Other",
    "other ",
    "x\u2028y\x85",
    '"quoted" ?',
    "OTHER",
    "",
    "null",
)
NUMBERS = ("7", "007", "1e3", "1.0", " 5", "5")  # as text, no two of them are the same


@pytest.mark.exercise("measure_the_run", points=1, restarts=True, needs=("server",), rules=(3, 4))
def test_kills(submission):
    """Killed right after a call came back, and in the middle of one: what came back is counted, and nothing else."""
    service = Service(submission)
    *killed, last = draw_processes(submission.rng, 6, 6, 6, 5)
    for calls, dies in zip(killed, ("after", "within", "after"), strict=True):
        service.run(calls, dies=dies)
    service.run(last)
    service.assert_summed("after three kills")


@pytest.mark.exercise("measure_the_run", points=1, restarts=True, needs=("server",), rules=(4, 5, 6))
def test_threads_and_two_processes(submission):
    """Four threads in each of two processes measure at the same time."""
    service = Service(submission)
    service.let_go_together(8)
    calls = draw_calls(submission.rng, 160)
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        other = pool.submit(service.run, calls[:80], threads=4, who=twin)
        service.run(calls[80:], threads=4)
        other.result()
    service.run([])
    service.assert_summed("after four threads in each of two processes")


@pytest.mark.exercise("measure_the_run", points=1, needs=("server",), rules=(2, 5))
def test_percentiles(submission):
    """Percentiles of few times and of many, of equal times, of a stage that only fails, and of stages with any name."""
    for count in (1, 2, 3, submission.rng.choice([20, 40]), submission.rng.randrange(101, 140)):
        service = Service(submission, db=f"{count}.db")
        service.run(draw_calls(submission.rng, count, stages=1))
        service.assert_summed(f"after {counted(count, 'call')}")
    service = Service(submission, db="equal.db")
    named = [[name, 3.5, False] for name in NAMES + NUMBERS]
    assert_all_count(submission)
    service.run([["a stage: 'é'", 40.0, True]] * 4 + [["other", 7.0, False]] * 3 + named)
    service.run([["long", 12_345.678, False]])
    service.assert_summed("after equal times, and failed calls only")


def measure_many(Meter, db, times):
    """Measure many calls, one after the other, and sum them up. Their arguments have names that `measured` has, too."""
    now = [0.0]

    def call(ms, *, stage, call):
        now[0] += ms / 1000

    meter = Meter(db, lambda: now[0])
    try:
        for stage in times:
            for ms in times[stage]:
                meter.measured(stage, call)(ms, stage=1, call=2)
    except TypeError as error:
        return {"raised": f"TypeError: {error}"[:150]}
    return meter.summary()


def assert_all_count(submission):
    """Expect old times to count among more than a thousand, and ranks to be whole numbers where they are."""
    slow = submission.rng.randrange(200, 400)
    times = [slow] * 60 + [1] * 1000
    # In floating point, 14 / 100 * 50 is more than 7, and 220 / 100 * 95 more than 209.
    few = {f"of {count}": submission.rng.sample(range(1, count + 1), count) for count in (14, 220)}
    seen = submission.observe(measure_many, db=submission.path("many.db"), times={"many": times, **few})
    assert "raised" not in seen, (
        f"a call with arguments named `stage` and `call` raised {seen.get('raised')}: pass on all arguments, whatever their names"
    )
    for stage, drawn in few.items():
        right = {f"p{share}": math.ceil(share * len(drawn) / 100) for share in (50, 95, 99)}
        found = {name: seen.get(stage, {}).get(name) for name in right}
        shown = {name: round(ms, 3) if isinstance(ms, float) else ms for name, ms in found.items()}
        assert all(
            isinstance(ms, float | int) and abs(ms - right[name]) <= 0.001 for name, ms in found.items()
        ), (
            f"{len(drawn)} calls took 1 to {len(drawn)} ms, and the percentiles are {shown}, not {right}: take the nearest rank. "
            "In Python, 14 / 100 * 50 is more than 7"
        )
    found = seen.get("many", {})
    assert found.get("calls") == len(times), (
        f"{len(times)} calls were measured, and `calls` is {found.get('calls')}: all count, ever"
    )
    assert abs(found["p95"] - slow) <= 0.001, (
        f"of {len(times)} calls the first 60 took {slow} ms, and p95 is {found['p95']:.3f}: take percentiles over all times that were "
        "measured, not over the newest"
    )
