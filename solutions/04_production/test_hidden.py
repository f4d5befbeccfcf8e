"""Hidden tests of module 04."""

from __future__ import annotations

import pytest

from autograder.graders.test_04_production import (
    CACHE_QUESTIONS,
    CACHE_USERS,
    OBSERVE_ERRORS,
    OTHER_ERRORS,
    STEP_ERRORS,
    Advice,
    Drained,
    Observed,
    Provider,
    assert_all_routed,
    assert_asked_once,
    assert_builds_orders,
    assert_drained,
    assert_jobs_saved,
    assert_lines,
    assert_metrics,
    assert_routed,
    assert_summaries,
    assert_within,
    assert_worked_once,
    draw_documents,
    draw_failing,
    draw_jobs,
    draw_observed,
    run_orders,
)


@pytest.mark.exercise("route_by_outcome", points=1)
def test_class_and_step_decide(submission):
    """Subclasses go with their class, and the same class means another thing in another step."""
    assert_all_routed(submission, OTHER_ERRORS)


@pytest.mark.exercise("route_by_outcome", points=1)
def test_next_order_of_a_thread(submission):
    """The next order of a thread is told nothing of the one before."""
    rng = submission.rng
    handler = rng.choice(list(STEP_ERRORS))
    failing = draw_failing(rng, *rng.choice(STEP_ERRORS[handler]))
    rejected = draw_failing(rng, "validate", "ValueError")
    orders = [(handler, failing), (None, {"id": rng.randrange(10**6)}), ("reject", rejected)]
    asking = {"id": rng.randrange(10**6), "validate": {"ask": "Is the address right?"}}
    todo = [["customer", order] for _, order in orders]
    todo += [["customer", asking], ["customer", None, "yes"]]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for number, (one, (name, order)) in enumerate(zip(seen, orders, strict=False), 1):
        assert_routed(one, order, name, case=f"at order {number} of a thread ")
    assert_routed(seen[-1], asking, None, case="at order 4 of a thread, after its question, ", steps=2)


# --- bounded_parallelism -----------------------------------------------------------------------------


@pytest.mark.exercise("bounded_parallelism", points=1, needs=("server",))
def test_unequal_calls_with_another_limit(submission):
    """Calls that take unequal time, with limits below and above the usual: the order is that of the documents."""
    for limit in (submission.rng.choice([4, 5]), submission.rng.choice([11, 13])):
        documents, provider = draw_documents(submission.rng, 30), Provider(submission, limit)
        provider.slow = {documents[0], *submission.rng.sample(documents, 8)}
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


# --- cache_across_restarts ---------------------------------------------------------------------------


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
def test_any_spelling(submission):
    """No two users share an answer, however users and questions are spelled."""
    a, b, c = submission.rng.sample(CACHE_USERS, 3)
    pairs = [(a, b), (a.upper(), b), (a, b.upper()), (f"{a} ", b), (a, f" {b}")]
    for sign in ("", " ", ":", "-", "_", "/", "|", ",", ".", "#", "\t", "\n", "::", ", ", "\0"):
        pairs += [(f"{a}{sign}{b}", c), (a, f"{b}{sign}{c}")]  # one key, with the user first
        pairs += [(f"{c}{sign}{a}", b), (a, f"{b}{sign}{c}")]  # one key, with the question first
    pairs = list(dict.fromkeys(pairs))
    submission.rng.shuffle(pairs)
    advice = Advice(submission)
    advice.ask(*pairs, *pairs[:10])
    for user, question in pairs:
        assert advice.calls(user, question) == 1, (
            f"user {user!r} asked {question!r}, and `ask` was called for that {advice.calls(user, question)} times: "
            "users and questions are taken exactly as they are spelled"
        )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
def test_failures_are_not_kept(submission):
    """What `ask` raises comes out of the run, and the next request asks again."""
    user, question = submission.rng.choice(CACHE_USERS), submission.rng.choice(CACHE_QUESTIONS)
    advice = Advice(submission, failures=1)
    first, *later = advice.ask(*[(user, question)] * 3)
    assert "raised" in first, (
        "`ask` raised, and the run came back as if nothing had happened: let the error out, and ask once a request"
    )
    assert "raised" not in later[0], (
        "after a failed call the next request failed, too, though the backend was well again: keep no failures"
    )
    assert advice.calls(user, question) == 2, (
        f"the first of three requests failed, and `ask` was called {advice.calls(user, question)} times instead of 2: "
        "ask again after a failure, and keep the answer then"
    )


# --- observe_a_run -----------------------------------------------------------------------------------


@pytest.mark.exercise("observe_a_run", points=1, needs=("server",))
def test_nodes_that_are_reached_twice(submission):
    """A node that is reached again in the same run begins at attempt 1."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1))
    thread, (first, second) = f"o-{rng.randrange(1000)}", [stage[0] for stage in stages]
    backend = Observed(submission, stages)
    for visit in (0, 1):
        backend.plan[thread, first, visit] = rng.sample(OBSERVE_ERRORS, rng.choice([1, 2]))
    backend.plan[thread, second, 1] = rng.sample(OBSERVE_ERRORS, 1)
    seen, lines = backend.run((thread, False), visits=2)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])


@pytest.mark.exercise("observe_a_run", points=1, needs=("server",))
def test_parallel_nodes_of_runs_at_the_same_time(submission):
    """Parallel nodes that are retried, in four runs at the same time."""
    rng, stages = submission.rng, draw_observed(submission.rng, (3, 1))
    threads = [f"o-{number}" for number in rng.sample(range(1000), 4)]
    backend = Observed(submission, stages)
    for thread in threads:
        for node in stages[0]:
            backend.plan[thread, node, 0] = rng.sample(OBSERVE_ERRORS, rng.choice([0, 1, 2]))
            backend.slow[thread, node] = 0.05
    seen, lines = backend.run(*((thread, False) for thread in threads), at_once=True)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])
    done = [sorted(came.get("done") or ()) for came in seen["came"]]
    assert done == [sorted(node for stage in stages for node in stage)] * len(threads), (
        f"of runs at the same time one came to {seen['came'][0]}: return what `graph.invoke` returns"
    )


# --- drain_on_sigterm --------------------------------------------------------------------------------


@pytest.mark.exercise("drain_on_sigterm", points=1, restarts=True, needs=("server",))
def test_two_deploys(submission):
    """Two deploys in one queue, the second in the first node after the restart, and one call more at the end."""
    drawn = draw_jobs(submission.rng, 2, 4)
    order = drawn["jobs"][0][1]
    first = submission.rng.choice([0, 1])
    stops = [(order, drawn["nodes"][first]), (order, drawn["nodes"][first + 1])]
    drained, earlier = Drained(submission, drawn, *stops), []
    for at in stops:
        status = drained.work()
        again = [one for one in drained.nodes("begins") if one in earlier]
        assert not again, (
            f"`{again[0][1]}` of {again[0][0]} had ended before the restart, and ran again after it: "
            "go on with a thread that is in the middle"
        )
        assert_drained(drained, status, at)
        earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)
