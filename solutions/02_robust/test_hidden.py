"""Hidden tests of module 02."""

from __future__ import annotations

import pytest

from autograder.graders.test_02_robust import (
    Desk,
    Provider,
    assert_answers_kept,
    assert_job_ended,
    assert_one_effect,
    assert_one_probe,
    do_job,
    draw_job,
    draw_purchase,
    job_kwargs,
    job_nodes,
    job_ran,
    job_saved,
    ordered,
)


@pytest.mark.exercise("resume_after_crash", points=2, restarts=True)
def test_killed_again_and_again(submission):
    """Killed three times at places drawn at random, the last time before the last checkpoint."""
    count = submission.rng.choice([4, 5])
    job = draw_job(submission.rng, [1] * count)
    rng, kwargs = submission.rng, job_kwargs(submission, job)
    # In order, so that a run which goes on meets each; one that starts anew may meet none.
    first, second = sorted(rng.sample(range(1, count), 2))
    kills = []
    for step in (first, second):
        place = rng.choice(["before put", "after put", "before put_writes", "in node"])
        kills.append([place, step if place.endswith("put") else job_nodes(job)[step - 1]])
    saved, before = [], []
    for kill in [*kills, ["before put", count]]:
        state = submission.observe(do_job, **kwargs, kill=kill, dies=True)
        case = f"while it was to be killed ({kill[0]}, {kill[1]})"
        again = [name for name in job_ran(submission)[len(before) :] if name in saved]
        assert not again, (
            f"{case}, {again[0]!r} ran again, although its result was in the database: "
            "go on from what is saved, and do not start anew"
        )
        if state is not None:  # it came to the end before the kill
            assert_job_ended(submission, job, state, case, saved, before)
        before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **kwargs)
    assert_job_ended(submission, job, state, "after three kills", saved, before)


@pytest.mark.exercise("resume_after_crash", points=1, restarts=True)
def test_killed_among_parallel_nodes(submission):
    """Nodes run in parallel: killed, or failed, when all but one of their results were saved."""
    for failed in submission.rng.sample([True, False], 2):
        job = draw_job(submission.rng, [1, 3, 1])
        kwargs = job_kwargs(submission, job)
        last = submission.rng.choice(sorted(job["stages"][1]))
        if failed:
            submission.observe(do_job, **kwargs, durability="sync", fails=last)
            case = f"after {last!r} had failed, beside two that had not"
        else:
            kill = ["before put_writes", last]
            submission.observe(do_job, **kwargs, durability="sync", kill=kill, dies=True)
            case = f"after a kill before the result of {last!r} was saved, and after those of two beside it"
        before, saved = job_ran(submission), job_saved(submission, job)
        state = submission.observe(do_job, **kwargs)
        assert_job_ended(submission, job, state, case, saved, before)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",), restarts=True)
def test_killed_before_the_effect(submission):
    """Killed, or refused with 503, before the provider had done anything."""
    for fails in ("killed before", "busy"):
        for path in submission.rng.sample(["charges", "shipments"], 2):
            provider, order = Provider(submission, {path: fails}), draw_purchase(submission.rng)
            state = ordered(submission, provider, order, fails=True)
            done = [effect[0] for effect in provider.effects]
            assert path == "shipments" or state is not None or done != ["shipments"], (
                "the provider refused the charge with 503, and the order was shipped all the same: "
                "look at the status of each answer"
            )
            if state is None:
                state = ordered(submission, provider, order)
            case = f"after /{path} had failed once ({fails}), and the resume"
            assert_one_effect(provider, order, case)
            assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",), restarts=True)
def test_cut_after_the_effect(submission):
    """Killed, or cut off, at each call after it had its effect; under any durability."""
    for fails in ("killed after", "cut after"):
        provider = Provider(submission, {"charges": fails, "shipments": fails})
        order, durability = draw_purchase(submission.rng), submission.rng.choice(["sync", "async", "exit"])
        state = None
        for _ in range(3):
            state = state or ordered(submission, provider, order, fails=True, durability=durability)
        case = f"after both calls had been {fails} their effect (durability {durability!r}), and the resumes"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_sent_twice(submission):
    """The same order comes a second time, in the same thread and in another."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    for thread in (order["thread"], f"{order['thread']}-again"):
        state = ordered(submission, provider, order, thread=thread)
        case = f"after the order had come again in thread {thread!r}"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)


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
    seen = desk.run(2)
    assert seen == ["answered"] * 2, (
        f"{desk.cooldown} s after the probe had failed, two runs ended as {seen}: the first is the next probe"
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
        f"a probe was killed {desk.cooldown} s ago, and two runs ended as {seen}: it counts as failed by now, "
        "so the first of them is the next probe"
    )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",))
def test_runs_at_once(submission):
    """Runs come at once, several times: each failure is counted, and one run is the probe."""
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
