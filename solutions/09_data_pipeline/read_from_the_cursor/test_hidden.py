"""Hidden tests of `read_from_the_cursor`."""

from __future__ import annotations

import pytest

from test_read_from_the_cursor import assert_read, draw_lines, first_other, read_in_the_middle

MB = 1_000_000


@pytest.mark.exercise("read_from_the_cursor", points=1, rules=(1, 2, 3, 4))
def test_lines_of_any_kind(submission):
    """Empty lines, lines with odd characters, a line of a megabyte, a last line without its end, an empty file, a huge one."""
    rng = submission.rng
    lines = draw_lines(rng, 7)
    odd = [*lines[:2], "", "a\u2028b\x0bc", "tab\rand\x85so", *lines[2:4], ""]
    assert_read(submission, odd, rng.randrange(2, 5))
    # Another first line: whoever still has the file before open finds a line that isn't in this one.
    assert_read(submission, [lines[6], *odd[1:], lines[5]], 3, ended=False)
    assert_read(
        submission,
        ["\ufeffmark", *rng.sample(["\ufeffin", " \tin", "end\r", "end \t", "\0pad\0", "e\u0301"], 6)],
        2,
    )
    # Over a megabyte in one call, so that the end of a block cuts a line, and a character.
    assert_read(submission, [f"{number} {'日→é' * 63}" for number in range(2500)], 2400)
    assert_read(submission, [*lines[:3], "→long" * 150_000, lines[3]], 2)
    assert_read(submission, [], 2)
    assert_read(submission, lines, 50, ended=False)
    assert_little_is_read(submission, lines[: rng.randrange(2, 6)])


def assert_little_is_read(submission, lines):
    """Expect a few lines from the middle of a large file to be read without the rest of it, which is one line."""
    for before, after in ((64 * MB, 0), (9, 20 * MB)):
        given = {"before": before, "lines": lines, "after": after}
        seen = submission.observe(read_in_the_middle, path=submission.path("large.jsonl"), **given)
        assert seen["found"] == lines, (
            f"asked for {len(lines)} lines from byte {before} on, it returned {first_other(seen['found'], lines)}: the cursor alone "
            "says where to begin"
        )
        assert seen["peak"] < 8 * MB, (
            f"to return {len(lines)} short lines from byte {before} of a file of {(before + after) // MB} MB, it held "
            f"{seen['peak'] // MB} MB in memory: jump to the cursor with `seek`, and stop after the last line, without "
            "a look at the next one"
        )
