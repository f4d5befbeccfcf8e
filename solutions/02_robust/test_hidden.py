"""Hidden tests of module 02."""

from __future__ import annotations

from itertools import pairwise

import pytest

from autograder.graders.test_02_robust import (
    CHECKOUT_STEPS,
    CLIENTS,
    FRONT_ITEMS,
    FRONT_PEOPLE,
    CheckoutBackend,
    Desk,
    FrontPageBackend,
    Provider,
    QuoteCarrier,
    assert_answers_kept,
    assert_checkout_done,
    assert_checkout_failed,
    assert_earlier_once,
    assert_final,
    assert_front_asked,
    assert_job_ended,
    assert_none_in_time,
    assert_one_effect,
    assert_one_probe,
    assert_own_error,
    assert_page,
    assert_page_saved,
    assert_price,
    assert_quote,
    assert_quotes_kept,
    assert_temporary,
    checked_out,
    do_job,
    draw_items,
    draw_job,
    draw_order,
    draw_purchase,
    front_pages,
    job_kwargs,
    job_nodes,
    job_ran,
    job_saved,
    looked_up,
    lookup_fault,
    often,
    ordered,
    quoted,
)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_every_status(submission):
    """Other statuses: 429 and 5xx are asked again, the rest are not."""
    for fault in [429, 500, submission.rng.choice([501, 502, 504, 507])]:
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)
    for fault in submission.rng.sample([400, 401, 403, 409, 410, 422, 451, 499], 3):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_answers_broken_and_senseless(submission):
    """An answer that breaks off is asked for again, one that makes no sense is not."""
    assert_temporary([looked_up(submission, client, ["break"]) for client in CLIENTS], "break")
    for fault in ("garbage", "empty"):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_mixtures(submission):
    """Failures of several kinds in one run."""
    rng = submission.rng
    for client in CLIENTS:
        first, second = rng.sample([503, 429, "reset", "break", "hang"], 2)
        seen = looked_up(submission, client, [first, second])
        case = f"after {lookup_fault(first)} and {lookup_fault(second)} through `{client}`"
        assert seen["asked"] == 3, (
            f"{case}, the supplier was asked {often(seen['asked'])} instead of three times"
        )
        assert_price(seen, case)
        last = rng.choice([403, 404, "empty"])
        seen = looked_up(submission, client, [first, last, last])
        case = f"after {lookup_fault(first)} and then {lookup_fault(last)} through `{client}`"
        assert seen["asked"] == 2, f"{case}, the supplier was asked {often(seen['asked'])} instead of twice"
        assert_own_error(seen["ends"][0], case)


@pytest.mark.exercise("retry_budget", points=1, needs=("server",))
def test_pauses_and_final_failures(submission):
    """The pauses double, and a final failure is not attempted again."""
    pause = submission.rng.choice([0.04, 0.05])
    budget = {"attempts": 4, "pause": pause, "seconds": 30}
    for step in submission.rng.sample(CHECKOUT_STEPS, 2):
        backend = CheckoutBackend({step: [503] * 3})
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        assert_checkout_done(end, backend, f"after three failures of `{step}` and a success")
        times = backend.times(step)
        gaps = [after - before for before, after in pairwise(times)]
        assert len(gaps) == 3, f"`{step}` failed three times of four, and was attempted {often(len(times))}"
        for number, gap in enumerate(gaps):
            assert gap >= 0.95 * pause * 2**number, (
                f"pause {number + 1} of `{step}` lasted {gap:.3f} s, and should last {pause * 2**number:.3f} s: "
                "each is twice the one before"
            )
        assert sum(gaps) <= 7 * pause + 1, (
            f"the three pauses of `{step}` lasted {sum(gaps):.1f} s together instead of {7 * pause:.2f} s: "
            "the default jitter of a retry policy adds up to a second to each"
        )
    for step in CHECKOUT_STEPS:
        backend = CheckoutBackend({step: [503, 422, 422]})
        (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
        assert_checkout_failed(end, step, "ValueError")
        count = len(backend.times(step))
        assert count == 2, (
            f"`{step}` failed with `ConnectionError`, then with `ValueError`, "
            f"and was attempted {often(count)} instead of "
            "twice: only a `ConnectionError` is worth another attempt"
        )
        assert_earlier_once(
            backend, step, f"when `{step}` failed", "put the retry around the call that fails"
        )


@pytest.mark.exercise("retry_budget", points=1, needs=("server",), restarts=True)
def test_resumed_in_a_new_process(submission):
    """Every step fails, and each run goes on in a new process."""
    attempts = submission.rng.choice([1, 2])
    budget = {"attempts": attempts, "pause": 0.01, "seconds": 5}
    backend = CheckoutBackend({step: [503] * attempts for step in CHECKOUT_STEPS})
    order = draw_order(submission.rng)
    for number, step in enumerate(CHECKOUT_STEPS):
        (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=number > 0)
        assert_checkout_failed(end, step)
        if number % 2:
            submission.restart()
    (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=True)
    assert_checkout_done(end, backend, "after four runs that failed, each at the next step")
    counts = backend.counts()
    assert set(counts.values()) == {attempts + 1}, (
        "each step failed in one run and succeeded in the next; the backend "
        f"was asked {counts}, instead of {often(attempts)} "
        "and once more for each: a step that has succeeded is not called again"
    )


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",))
def test_late_answer_overtakes(submission):
    """The late answer comes while the next call waits for its own."""
    rng = submission.rng
    carrier, order = QuoteCarrier(rng, ["hang", "overtaken"]), draw_order(rng)
    seconds = 0.8
    first, second, third = quoted(submission, carrier, [order] * 3, seconds, settle=False)
    assert_none_in_time(first, seconds)
    late, price = carrier.prices[:2]
    assert second.get("returned") != late, (
        f"the second call returned {late}, the answer to its first question, "
        "which came while it waited for the second: "
        "each call needs a place of its own for the answer"
    )
    assert_quote(second, price, "when a late answer came just before its own")
    assert_quote(third, price, "when the order had a quote")
    assert len(carrier.asked) == 2, f"the carrier was asked {often(len(carrier.asked))} instead of twice"
    assert_quotes_kept(
        submission, order, [price], "a late answer is not saved, also when it comes during the next call"
    )


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",))
def test_errors_come_out(submission):
    """What `ask` raises comes out at once, and the next call asks again."""
    order = draw_order(submission.rng)
    carrier = QuoteCarrier(submission.rng, [submission.rng.choice([500, 503, 404])])
    first, second = quoted(submission, carrier, [order] * 2, 5)
    error = f"LookupError: the carrier answered {carrier.ways[0]}"
    assert "raised" in first, (
        f"`ask` raised, and `quote_by` returned {first['returned']!r}: let the error out"
    )
    assert first["raised"] == error, f"`ask` raised `{error}`, but `quote_by` raised `{first['raised']}`"
    assert first["took"] < 4, "`ask` raised at once, and `quote_by` waited until the deadline"
    assert_quote(second, carrier.prices[1], "after a call that ended in an error")
    assert_quotes_kept(submission, order, carrier.prices[1:2], "there was one good answer")


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",), restarts=True)
def test_orders_over_processes(submission):
    """Several orders, over three processes."""
    rng = submission.rng
    order = draw_order(rng)
    orders = [order, f"{order}-2"]
    carrier = QuoteCarrier(rng, ["hang", "now", "now"])
    late, other = quoted(submission, carrier, orders, 0.4, settle=False)
    assert_none_in_time(late, 0.4)
    assert_quote(other, carrier.prices[1], "for another order, while the carrier hung")
    submission.restart()
    first, second = quoted(submission, carrier, orders, 5)
    assert_quote(first, carrier.prices[2], "in a new process, for an order without a quote")
    assert_quote(second, carrier.prices[1], "in a new process, for an order that has a quote")
    submission.restart()
    (again,) = quoted(submission, carrier, orders[:1], 5)
    assert_quote(again, carrier.prices[2], "in a third process, for an order that has a quote")
    assert carrier.asked == [*orders, order], (
        f"the carrier was asked for {carrier.asked}: after a restart only an order without a quote is asked for"
    )
    for one, price in zip(orders, (carrier.prices[2], carrier.prices[1]), strict=True):
        assert_quotes_kept(submission, one, [price], "each order has a thread, and one quote in it")


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",))
def test_every_class_of_failure(submission):
    """Whatever the recommender raises, it has its attempts, and then a page comes out."""
    rng = submission.rng
    default, attempts = draw_items(rng), rng.choice([2, 3])
    names = {
        422: "ValueError",
        404: "KeyError",
        504: "TimeoutError",
        507: "RuntimeError",
        502: "ConnectionError",
    }
    customers = rng.sample(FRONT_PEOPLE, len(names) + 1)
    for customer, (status, name) in zip(customers, names.items(), strict=False):
        backend = FrontPageBackend([status] * 9)
        (end,) = front_pages(submission, backend, customer, attempts=attempts, default=default)
        case = f"when the recommender raised `{name}`"
        assert_page(backend, end, {"customer": customer, "items": default, "degraded": True}, case)
        assert backend.asked == attempts, (
            f"{case}, it was asked {often(backend.asked)} instead of {often(attempts)}: the "
            "default `retry_on` of a policy leaves out "
            "`ValueError`, `TimeoutError` and others"
        )
    backend = FrontPageBackend([])
    (end,) = front_pages(submission, backend, customers[-1], attempts=1, default=default)
    assert_page(
        backend, end, {"customer": customers[-1], "items": default, "degraded": True}, "with one attempt"
    )
    assert_front_asked(backend, 1, "with one attempt")


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",), restarts=True)
def test_killed_while_publishing(submission):
    """A process is killed while it publishes a degraded page; the next one publishes the same."""
    rng = submission.rng
    customer, default, items = rng.choice(FRONT_PEOPLE), ["gift card"], draw_items(rng)
    how = {"attempts": 2, "default": default}
    (end,) = front_pages(submission, FrontPageBackend([items]), customer, **how)
    good = {"customer": customer, "items": items, "degraded": False}
    assert "raised" not in end, f"a good run ended in `{end['raised']}`"
    assert_page_saved(submission, good, "after a good run")
    submission.restart()
    backend = FrontPageBackend([503, 503], publishing=[submission.kill])
    front_pages(submission, backend, customer, **how)
    assert backend.published, "in a new process, with the recommender down, no page was published"
    backend.answers = [["something else"]]
    (end,) = front_pages(submission, backend, customer, runs=["resumed"], **how)
    case = "when the process was killed while it published, and the run went on in a new one"
    page = good | {"degraded": True}
    assert_page(backend, end, page, case)
    assert backend.published == [page, page], f"{case}, these pages were published: {backend.published}"
    assert backend.asked == 2, (
        f"{case}, the recommender was asked again: its failure, and the fallback, were saved"
    )
    assert_page_saved(submission, page, case)


@pytest.mark.exercise("resume_after_crash", points=1, restarts=True)
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
