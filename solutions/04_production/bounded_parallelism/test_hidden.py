"""Hidden tests of `bounded_parallelism`."""

from __future__ import annotations

import pytest

from test_bounded_parallelism import (
    Provider,
    assert_asked_once,
    assert_none_waited,
    assert_summaries,
    assert_within,
    draw_documents,
)


@pytest.mark.exercise("bounded_parallelism", points=1, needs=("server",))
def test_unequal_calls_with_another_limit(submission):
    """Calls that take unequal time, with limits below and above the usual: the order is that of the documents."""
    for limit in (submission.rng.choice([4, 5]), submission.rng.choice([11, 13])):
        documents, provider = draw_documents(submission.rng, 30), Provider(submission, limit)
        provider.slow = {documents[0], *submission.rng.sample(documents, 8)}
        provider.held = len(documents)
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider)
        assert_none_waited(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)
