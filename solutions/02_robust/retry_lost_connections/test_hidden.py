"""Hidden tests of `retry_lost_connections`."""

from __future__ import annotations

import pytest

from autograder.counts import often

from test_retry_lost_connections import assert_not_retried, assert_retried, downloaded


def assert_last_not_retried(seen, name, count, when=""):
    """Expect a failure behind lost connections to have been final, like any other."""
    assert seen["asked"] == count, (
        f"`fetch` raised a `ConnectionError`, then a `{name}`{when}, and was called {often(seen['asked'])} instead of "
        f"{often(count)}: judge each error by itself, whatever came before it"
    )
    assert str(seen.get("raised")).startswith(f"{name}: "), (
        f"`fetch` raised a `ConnectionError`, then a `{name}`{when}, and the run ended with "
        f"{seen.get('raised', seen.get('page'))!r}: let the last error out"
    )


@pytest.mark.exercise("retry_lost_connections", points=1, rules=(1, 2, 3))
def test_three_attempts(submission):
    """There are three attempts, whichever kind of lost connection it is, and the last error comes out."""
    lost = ("ConnectionResetError", "ConnectionRefusedError", "ConnectionAbortedError")
    for name in (*lost, "RemoteDisconnected", "PageDropped"):
        assert_retried(downloaded(submission, [name]), name)
    seen = downloaded(submission, [], empty=True)
    assert seen["asked"] == 1 and seen.get("page") == "", (
        f"`fetch` returned an empty page, was called {often(seen['asked'])}, and the run ended with "
        f"{seen.get('page', seen.get('raised'))!r}: what doesn't raise has worked"
    )
    behind = ("LookupError from ConnectionError", "URLError from ConnectionResetError")
    for name in ("TimeoutError", "OSError", "ReadTimeout", "ReadError", "IncompleteRead", *behind):
        assert_not_retried(downloaded(submission, [name]), name)
    for name in ("LookupError", "PageGone", "OSError"):
        assert_last_not_retried(downloaded(submission, ["ConnectionError", name, name]), name, 2)
    seen = downloaded(
        submission, ["ConnectionError", "BrokenPipeError", "ConnectionError", "ConnectionError"]
    )
    assert seen["asked"] == 3, (
        f"`fetch` raised a `ConnectionError` every time and was called {often(seen['asked'])} instead of 3 times: "
        "`max_attempts` counts the first attempt too"
    )
    assert seen.get("raised") == "ConnectionError: connection failure 3", (
        f"the third attempt failed too, and the run ended with {seen.get('raised', seen.get('page'))!r}: "
        "let the error out"
    )
    seen = downloaded(submission, ["ConnectionError"] * 5, runs=2)
    assert seen.get("page") == seen["right"], (
        f"one run of a graph lost three connections, the next one lost two and ended with {seen.get('raised')!r}: each "
        "run has three attempts of its own, so don't count them outside the run"
    )
    seen = downloaded(submission, [*["ConnectionError"] * 3, "LookupError"], runs=2)
    assert_last_not_retried(seen, "LookupError", 1, " in the next run")
