"""Hidden tests of `bounded_parallelism`."""

from __future__ import annotations

import pytest

from test_bounded_parallelism import (
    Provider,
    assert_asked_once,
    assert_new_night,
    assert_none_waited,
    assert_summaries,
    assert_within,
    draw_documents,
    draw_joined,
)


@pytest.mark.exercise("bounded_parallelism", points=1, needs=("server",), rules=(1, 2, 3, 6))
def test_unequal_calls_with_another_limit(submission):
    """Calls that take unequal time, with limits far below and above a pool's size, and nights with names alike."""
    # No pool has more than 32 threads unless it's told to. Not many more: each call may take several.
    for limit in (4, 34):
        documents, provider = draw_documents(submission.rng, limit + 18), Provider(submission, limit)
        documents += ["caf\u00e9", "cafe\u0301"]  # which look the same
        provider.slow = {documents[0], *submission.rng.sample(documents, 8)}
        if limit == 34:  # and that when it goes on after a failure, with everything left to do
            provider.down = True
            provider.night(documents, thread=f"night-{limit}")
            provider.down = False
        provider.held = len(documents)
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider, again=limit == 34)
        assert_asked_once(provider, documents)
        assert_none_waited(provider)
        assert_summaries(provider, documents, came)

    provider = Provider(submission, 1, hold=0.0)  # it's the names that count here
    for number, sign in enumerate(["", ":", "/", "-", "_", "|", " ", "\x1f"]):
        part, documents = draw_joined(submission.rng, sign)
        known = f"{number}. night"
        provider.night(documents, thread=known)
        assert_new_night(provider, documents, f"{known}{sign}{part}", known)
