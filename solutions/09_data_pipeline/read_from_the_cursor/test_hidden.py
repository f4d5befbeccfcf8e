"""Hidden tests of `read_from_the_cursor`."""

from __future__ import annotations

import pytest

from test_read_from_the_cursor import assert_read, draw_lines


@pytest.mark.exercise("read_from_the_cursor", points=1, rules=(1, 2, 3))
def test_lines_of_any_kind(submission):
    """Empty lines, lines with odd characters, a last line without its end, and an empty file."""
    lines = draw_lines(submission.rng, 7)
    odd = [*lines[:2], "", "a\u2028b\x0bc", "tab\rand\x85so", *lines[2:4], ""]
    assert_read(submission, odd, submission.rng.randrange(2, 5))
    assert_read(submission, [*odd, lines[5]], 3, ended=False)
    assert_read(submission, [], 2)
    assert_read(submission, lines, 50, ended=False)
