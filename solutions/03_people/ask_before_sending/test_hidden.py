"""Hidden tests of `ask_before_sending`."""

from __future__ import annotations

import pytest

from test_ask_before_sending import mailed


@pytest.mark.exercise("ask_before_sending", points=1, rules=(3,))
def test_not_sent_after_a_no(submission):
    """The mail isn't sent after a no."""
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
