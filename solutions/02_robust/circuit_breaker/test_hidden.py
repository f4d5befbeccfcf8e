"""Hidden tests of `circuit_breaker`."""

from __future__ import annotations

import pytest

from autograder.counts import counted

from test_circuit_breaker import Desk, assert_one_probe


@pytest.mark.exercise("circuit_breaker", points=1, rules=(1, 3), needs=("server",), restarts=True)
def test_probe_fails(submission):
    """A probe that fails keeps it open for a whole cooldown, counted from the failure."""
    desk, takes = Desk(submission), submission.rng.randrange(5, 15)
    desk.open()
    desk.now += desk.cooldown
    assert desk.run(1, takes=takes) == ["failed"], (
        "the cooldown was over, but the next run didn't ask the backend"
    )
    desk.restart()
    before = desk.asked
    desk.now += takes + desk.cooldown - 0.25
    seen = desk.run(2)
    assert desk.asked == before, (
        f"{desk.cooldown - 0.25} s after a probe failed, which had taken {takes} s, runs ended as {seen}: "
        f"a failed probe opens the breaker for another {desk.cooldown} s, counted from its failure"
    )
    desk.now += 0.25
    desk.up = True
    seen = desk.run(1)
    assert seen == ["answered"], (
        f"{desk.cooldown} s after the probe failed, a run ended as {seen}: it's the next probe"
    )
    desk.up = False
    seen = desk.run(desk.limit + 1)
    assert seen == ["failed"] * desk.limit + ["refused"], (
        f"a probe closed the breaker, the backend went down again, and {desk.limit + 1} runs ended as {seen}: "
        f"the count starts again at 0, and the breaker opens after {desk.limit}"
    )


@pytest.mark.exercise("circuit_breaker", points=1, rules=(4, 5), needs=("server",), restarts=True)
def test_probe_is_killed(submission):
    """The process of a probe is killed, and does not keep the breaker open for ever."""
    desk = Desk(submission)
    desk.open()
    desk.now += 2.6 * desk.cooldown  # a probe begins when somebody asks, not when the cooldown is over
    desk.kills, before = True, desk.asked
    desk.run(1, dies=True)
    assert desk.asked == before + 1, "the cooldown was over, but the next run didn't ask the backend"
    desk.kills = False
    desk.restart()
    desk.now += desk.cooldown - 0.25
    desk.run(2)
    assert desk.asked == before + 1, (
        f"a probe began {desk.cooldown - 0.25} s ago and was killed, and another run asked: write to the file first that it's "
        f"under way, and since when, with fractions (not since it was due), and refuse all others for {desk.cooldown} s"
    )
    desk.now += 0.25
    seen = desk.run(2)
    assert seen == ["failed", "refused"], (
        f"a probe was killed {desk.cooldown} s ago, and two runs ended as {seen}: that probe is given up by now, "
        "so the first run is the next probe"
    )


@pytest.mark.exercise("circuit_breaker", points=1, rules=(1, 3, 5), needs=("server",), restarts=True)
def test_runs_at_once(submission):
    """Runs come at once, also in two processes: each failure is counted, and one run is the probe."""
    desk = Desk(submission)
    assert_first_call_is_back_last(desk, desk.limit - 1)
    desk.up = True
    assert_first_call_is_back_last(desk, 1)
    seen = desk.run(desk.limit, meet=desk.limit, wait=3, at_once=True)
    assert seen == ["failed"] * desk.limit, (
        f"{desk.limit} runs came at once to a closed breaker, and ended as {seen}: each of them should ask"
    )
    before = desk.asked
    seen = desk.run(2)
    assert desk.asked == before, (
        f"{desk.limit} runs failed at the same time, and the next two ended as {seen}: if two read the same count and "
        "both write one more, only one counts. Let the database add, and go by its sum"
    )
    for _ in range(2):  # who comes first is chance
        desk.now += desk.cooldown
        assert_one_probe(desk)
    desk.now += desk.cooldown
    before = desk.asked
    seen = desk.run_in_two_processes(2)
    probes = desk.asked - before
    assert probes, f"the cooldown was over, 2 processes ran at once, and no run asked: they ended as {seen}"
    assert probes == 1, (
        f"the cooldown was over, 2 processes ran at once, and {probes} runs asked: a lock in memory works in one process only, and "
        "both may have threads of the same ids. So claim the probe in the file, in one transaction"
    )


def assert_first_call_is_back_last(desk, others):
    """Expect a call to count when it's back: it began first, others ended meanwhile, and then it ended otherwise than they."""
    own, theirs, count = ("failed", "answered", 1) if desk.up else ("answered", "failed", 0)
    users, desk.last = ["mum", *(f"early-{number}" for number in range(others))], "mum"
    most = len(users)
    seen = desk.run(most, meet=most, wait=3, users=users, at_once=True, leads=True)
    assert seen == [own] + [theirs] * others, (
        f"{most} runs came at once to a closed breaker, and ended as {seen}, though one call was to be {own} and the others {theirs}: "
        "each of them should ask"
    )
    desk.up, desk.last = False, None
    seen, more = desk.run(desk.limit + 1 - count), desk.limit - count
    assert seen == ["failed"] * more + ["refused"], (
        f"{counted(others, 'run')} ended as {theirs!r}, then one that had begun earlier as {own!r}, and the next {more + 1} as {seen}: "
        "each outcome counts when it's back, whenever its call began"
    )
    desk.up, desk.now = True, desk.now + desk.cooldown
    desk.run(1)
    desk.up = False
