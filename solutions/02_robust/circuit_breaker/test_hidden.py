"""Hidden tests of `circuit_breaker`."""

from __future__ import annotations

import pytest

from test_circuit_breaker import Desk, assert_one_probe


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",), restarts=True)
def test_probe_fails(submission):
    """A probe that fails keeps it open for a whole cooldown, counted from the failure."""
    desk, takes = Desk(submission), submission.rng.randrange(5, 15)
    desk.open()
    desk.now += desk.cooldown
    assert desk.run(1, takes=takes) == ["failed"], (
        "the cooldown was over, and the next run did not ask the backend"
    )
    desk.restart()
    before = desk.asked
    desk.now += takes + desk.cooldown - 1
    seen = desk.run(2)
    assert desk.asked == before, (
        f"a probe began, failed {takes} s later, and {desk.cooldown - 1} s after that failure runs ended as {seen}: "
        f"one failed probe opens the breaker for {desk.cooldown} s more, from the moment of its failure"
    )
    desk.now += 1
    desk.up = True
    seen = desk.run(1)
    assert seen == ["answered"], (
        f"{desk.cooldown} s after the probe had failed, a run ended as {seen}: it is the next probe"
    )
    desk.up = False
    seen = desk.run(desk.limit + 1)
    assert seen == ["failed"] * desk.limit + ["refused"], (
        f"once closed by a probe, the breaker saw {desk.limit + 1} runs with the backend down, which ended as {seen}: "
        f"it counts anew, and opens after {desk.limit}"
    )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",), restarts=True)
def test_probe_is_killed(submission):
    """The process of a probe is killed, and does not keep the breaker open for ever."""
    desk = Desk(submission)
    desk.open()
    desk.now += desk.cooldown
    desk.kills, before = True, desk.asked
    desk.run(1, dies=True)
    assert desk.asked == before + 1, "the cooldown was over, and the next run did not ask the backend"
    desk.kills = False
    desk.restart()
    desk.now += desk.cooldown - 1
    desk.run(2)
    assert desk.asked == before + 1, (
        f"a probe was killed {desk.cooldown - 1} s ago, and another run asked: that a probe is under way must be in "
        f"the file before it asks, and holds for {desk.cooldown} s"
    )
    desk.now += 1
    seen = desk.run(2)
    assert seen == ["failed", "refused"], (
        f"a probe was killed {desk.cooldown} s ago, and two runs ended as {seen}: it is given up by now, "
        "so the first of them is the next probe"
    )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",), restarts=True)
def test_runs_at_once(submission):
    """Runs come at once, also in two processes: each failure is counted, and one run is the probe."""
    desk = Desk(submission)
    seen = desk.run(desk.limit, meet=desk.limit, wait=3, at_once=True)
    assert seen == ["failed"] * desk.limit, (
        f"{desk.limit} runs came at once to a breaker that was closed, and ended as {seen}: each is to ask"
    )
    before = desk.asked
    seen = desk.run(2)
    assert desk.asked == before, (
        f"{desk.limit} runs failed at the same time, and the next two ended as {seen}: two that read the same count "
        "and each write one more count as one; let the database add"
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
        f"the cooldown was over, 2 processes ran at once, and {probes} runs asked: a lock in memory holds for one "
        "process, so take one that lies with the file, as a transaction of the database does"
    )
