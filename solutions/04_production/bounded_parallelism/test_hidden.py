"""Hidden tests of `bounded_parallelism`."""

from __future__ import annotations

import pytest

from autograder.sandbox.outcomes import TimedOut

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


@pytest.mark.exercise("bounded_parallelism", points=1, needs=("server",), rules=(1, 2, 3, 5, 6))
def test_unequal_calls_with_another_limit(submission):
    """Calls that take unequal time or raise, with limits far below and above a pool's size, and nights with names alike."""
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
    for kind in KINDS:
        assert_comes_out(submission, kind)


#: Errors that futures, queues, lists, dicts and SQLite raise, too, so that an answer may take the call's for its own.
KINDS = (
    "builtins.IndexError",
    "builtins.KeyError",
    "builtins.RuntimeError",
    "builtins.TimeoutError",
    "queue.Empty",
    "sqlite3.OperationalError",
)


def fail_and_ask_again(summarise_all, db, kind):
    """Have three documents summarised, of which one raises this kind of error, and then all of them again."""
    import importlib

    module, _, name = kind.rpartition(".")
    failure, came = getattr(importlib.import_module(module), name)("from the provider"), []

    def summarise(document):
        if document == "page 2" and not came:
            raise failure
        return document.upper()

    for _ in range(2):
        try:
            came.append(summarise_all(db, kind, ["page 1", "page 2", "page 3"], summarise, 2))
        except NotImplementedError:
            raise
        except Exception as error:
            came.append("raised the same" if type(error) is type(failure) else f"raised {error!r}"[:80])
    return came


def assert_comes_out(submission, kind):
    """Expect an error of a call to come out, and the document to be asked about the next time."""
    try:
        first, second = submission.observe(
            fail_and_ask_again, db=submission.path("kinds.db"), kind=kind, timeout=9
        )
    except TimedOut:
        first, second = "hung for 9 s", None
    came, kind = first if isinstance(first, str) else f"returned {first}", kind.removeprefix("builtins.")
    assert came == "raised the same", (
        f"for one of 3 documents `summarise` raised `{kind}`, and `summarise_all` {came}: let it out. If you catch "
        "such errors of your own, don't catch a call's"
    )
    assert second == ["PAGE 1", "PAGE 2", "PAGE 3"], (
        f"after a call had raised `{kind}`, the thread's next `summarise_all` gave {second}: ask again for what has no summary"
    )
