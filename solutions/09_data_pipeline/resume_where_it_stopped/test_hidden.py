"""Hidden tests of `resume_where_it_stopped`."""

from __future__ import annotations

import pytest

from test_resume_where_it_stopped import Service


@pytest.mark.exercise(
    "resume_where_it_stopped", points=2, restarts=True, needs=("server",), rules=(1, 2, 3), timeout=30
)
def test_ten_kills(submission):
    """Ten kills on a slow disk: each costs one chunk at most, and in the end everything is right."""
    most = submission.rng.choice([7, 10, 13])
    service = Service(submission, lines=26 * most, most=most)
    service.work_with_kills(10)


@pytest.mark.exercise("resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 2))
def test_killed_while_saving(submission):
    """Killed while a checkpoint is being saved, four times: what was done isn't lost, and nothing is left out."""
    service = Service(submission, lines=40, most=8)
    for number in (4, 3, 5, 4):
        service.die_at_save = number
        service.work()
        service.assert_few_repeats()
    service.assert_finished(service.work())


@pytest.mark.exercise("resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 4, 5))
def test_small_nights(submission):
    """A file of one line, an empty file, one line a chunk, and three nights over the same file."""
    for lines, most in ((1, 5), (5, 1), (0, 3)):
        service = Service(submission, lines=lines, most=most, thread=f"night {lines}")
        service.assert_finished(service.work())
    for thread in ("mon", "tue", "mon/1"):
        service = Service(submission, lines=9, most=4, thread=thread)
        service.assert_finished(service.work())
    service.assert_finished_again()
