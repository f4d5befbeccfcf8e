"""Hidden tests of `resume_where_it_stopped`."""

from __future__ import annotations

import pytest

from test_resume_where_it_stopped import Service


def work_far(resume_where_it_stopped, path, text, most):
    """Run a night of many chunks, in memory."""
    from pathlib import Path

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.errors import GraphRecursionError

    Path(path).write_text(text)
    starts = set()

    def work(part):
        starts.add(part["start"])
        return {"ok": 1, "bad": 0, "bad_places": []}

    try:
        resume_where_it_stopped(InMemorySaver(), "long", path, work, most)
    except GraphRecursionError as error:
        return {"parts": len(starts), "raised": str(error).split(".")[0]}
    return {"parts": len(starts)}


@pytest.mark.exercise(
    "resume_where_it_stopped", points=2, restarts=True, needs=("server",), rules=(1, 2, 3), timeout=30
)
def test_ten_kills(submission):
    """Ten kills on a slow disk: each costs one chunk at most, and in the end everything is right."""
    most = submission.rng.choice([7, 10, 13])
    service = Service(submission, lines=26 * most, most=most)
    service.neither = 3 * most  # more than the first process begins
    service.work_with_kills(10)


@pytest.mark.exercise("resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 2))
def test_killed_while_saving(submission):
    """Killed while a checkpoint is being saved, six times: what was done isn't lost, and nothing is left out."""
    late, early = (
        Service(submission, lines=40, most=8),
        Service(submission, lines=9, most=8, thread="early"),
    )
    for service, numbers in ((late, (4, 3, 5, 4)), (early, (1, 2))):
        for number in numbers:
            service.die_at_save = number
            service.work()
            service.assert_few_repeats()
        service.assert_finished(service.work())


@pytest.mark.exercise(
    "resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 2, 4, 5)
)
def test_small_nights(submission):
    """A file of one line, an empty file, one to three lines a chunk, only bad lines, only lines that don't count, and three nights over a file."""
    for lines, most in ((1, 5), (5, 1), (8, 2), (9, 3), (0, 3)):
        service = Service(submission, lines=lines, most=most, thread=f"night {lines}")
        service.holds = True
        service.assert_finished(service.work())
    service = Service(submission, lines=10, most=4, thread="bad")
    service.bad = set(service.starts)
    service.assert_finished(service.work())
    service.assert_finished_again()
    service = Service(submission, lines=10, most=4, thread="uncounted")
    service.neither = 10
    service.assert_finished(service.work())
    service.assert_finished_again()
    for thread in ("mon", "tue", "mon/1", "mon_1", "Mon"):
        service = Service(submission, lines=9, most=4, thread=thread)
        service.assert_finished(service.work())
    service.assert_finished_again()
    lines = 1000
    given = {"path": submission.path("long.jsonl"), "text": "{}\n" * lines, "most": 1}
    seen = submission.observe(work_far, **given)
    assert seen == {"parts": lines}, (
        f"of {lines} chunks, {seen['parts']} were worked on, and then `{seen.get('raised')}`: allow as many steps as a night may "
        "have, with `recursion_limit`"
    )
