"""Hidden tests of `ask_before_sending`."""

from __future__ import annotations

import pytest

from test_ask_before_sending import mailed


@pytest.mark.exercise("ask_before_sending", points=1, rules=(3,))
def test_not_sent_after_a_no(submission):
    """The mail isn't sent after a no."""
    seen = mailed(submission, False)
    assert not seen["sent"], (
        "the answer was no, and the mail was sent anyway: send it only if `interrupt` returned a yes"
    )
    assert seen["kept"] is None, f"the answer was no, but `sent` is {seen['kept']!r}: write `None` to it"
