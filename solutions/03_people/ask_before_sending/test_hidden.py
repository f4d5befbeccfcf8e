"""Hidden tests of `ask_before_sending`."""

from __future__ import annotations

import pytest

from test_ask_before_sending import assert_kept_apart, assert_sent, mailed


@pytest.mark.exercise("ask_before_sending", points=1, rules=(2, 3))
def test_not_sent_after_a_no(submission):
    """The mail isn't sent after a no, and once after a yes."""
    for earlier in (False, True):
        seen = mailed(submission, False, earlier=earlier)
        assert not seen["sent"], (
            "the answer was no, and the mail was sent anyway: send it only if `interrupt` returned a yes"
        )
        assert seen["kept"] is None, (
            f"the answer was no, but `sent` is {seen['kept']!r}"
            + (", left by an earlier mail of the thread" if earlier else "")
            + ": write `None` to it"
        )
    mailed(submission, True, more_lines=1000)
    seen = mailed(submission, True, lost=True)
    assert len(seen["sent"]) == 1, (
        f"`send` raised a `ConnectionError`, and was called {len(seen['sent'])} times: the mail may have gone out before the "
        "connection was lost, so don't retry"
    )
    assert seen["raised"], (
        "`send` raised a `ConnectionError`, and the run ended as if nothing had failed: let the error out, or nobody hears of it"
    )
    assert_sent(submission, earlier=True)
    assert_kept_apart(submission)
