"""Hidden tests of `observe_a_run`."""

from __future__ import annotations

import pytest

from test_observe_a_run import OBSERVE_ERRORS, Observed, assert_lines, assert_metrics, draw_observed


@pytest.mark.exercise("observe_a_run", points=1, needs=("server",), rules=(1, 2, 3, 6))
def test_nodes_that_are_reached_twice(submission):
    """A node that is reached again in the same run, or three times at once, begins at attempt 1."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1))
    thread, deep, deeper = (f"o-{number}" for number in rng.sample(range(1000), 3))
    first, second = (stage[0] for stage in stages)
    backend = Observed(submission, stages)
    for visit in (0, 1):
        backend.plan[thread, first, visit] = rng.sample(OBSERVE_ERRORS, rng.choice([1, 2]))
    backend.plan[thread, second, 1] = rng.sample(OBSERVE_ERRORS, 1)
    limits = {deep: 3, deeper: 25}  # LangChain's own limit is 25, and LangGraph's isn't
    runs = [(one, False) for one in (thread, deep, deeper)]
    seen, lines = backend.run(*runs, visits=14, limits=limits, named=deeper)
    for came, limit in zip(seen["came"][1:], limits.values(), strict=True):
        raised = came.get("raised", "nothing")
        assert raised == "GraphRecursionError", (
            f"`config` had `recursion_limit` {limit}, `graph.invoke` raises `GraphRecursionError` at the next step, and `run` raised "
            f"{raised}: hand on the whole config. LangChain's `merge_configs` takes 25 for unset"
        )
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])

    backend = Observed(submission, stages)  # three times in one step
    backend.plan[thread, second, 1] = rng.sample(OBSERVE_ERRORS, 2)
    seen, lines = backend.run((thread, False), copies=3)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])


@pytest.mark.exercise("observe_a_run", points=1, needs=("server",), rules=(1, 2, 3, 6))
def test_parallel_nodes_of_runs_at_the_same_time(submission):
    """Parallel nodes that are retried, in four runs at the same time."""
    rng, stages = submission.rng, draw_observed(submission.rng, (3, 1))
    threads = [f"o-{number}" for number in rng.sample(range(1000), 4)]
    backend = Observed(submission, stages)
    for thread in threads:
        for node in stages[0]:
            backend.plan[thread, node, 0] = rng.sample(OBSERVE_ERRORS, rng.choice([1, 2]))
            backend.slow[thread, node] = 0.05
    seen, lines = backend.run(*((thread, False) for thread in threads), at_once=True)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])
    done = [sorted(came.get("done") or ()) for came in seen["came"]]
    assert done == [sorted(node for stage in stages for node in stage)] * len(threads), (
        f"of runs at the same time one came to {str(seen['came'][0])[:80]}: return what `graph.invoke` returns"
    )
