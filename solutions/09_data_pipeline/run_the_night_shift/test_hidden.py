"""Hidden tests of `run_the_night_shift`."""

from __future__ import annotations

import pytest

from test_run_the_night_shift import Shift


@pytest.mark.exercise(
    "run_the_night_shift", points=2, restarts=True, needs=("server",), rules=(1, 2, 3, 4, 5, 6), timeout=120
)
def test_the_night(submission):
    """Ten thousand orders, three hundred of them poison, ten kills and a SIGTERM: each order once, few twice."""
    shift = Shift(submission, lines=10_000, malformed=150, poison=150, at_once=4, most=100)
    kills = [submission.rng.randrange(90, 140) for _ in range(10)]
    for number, calls in enumerate(kills):
        shift.run(kill_at=calls)
        if number == 5:
            shift.assert_drained(shift.run(stop_at=submission.rng.randrange(20, 40)))
    shift.assert_finished(shift.run())


@pytest.mark.exercise("run_the_night_shift", points=1, restarts=True, needs=("server",), rules=(1, 5, 6))
def test_an_expired_key_and_small_files(submission):
    """An error that nobody knows stops the night, and the next call goes on; an empty file and a single line."""
    shift = Shift(submission, lines=120, malformed=3, poison=2, at_once=2, most=20, end="")
    shift.assert_stopped(shift.run(broken_at=submission.rng.randrange(5, 9)))
    shift.assert_stopped(shift.run(broken_at=submission.rng.randrange(2, 5), once=True))
    shift.assert_finished(shift.run())
    for lines in (0, 1):
        shift = Shift(submission, lines=lines, malformed=0, poison=0, at_once=2, most=20)
        shift.assert_finished(shift.run())
