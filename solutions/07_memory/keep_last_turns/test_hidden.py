"""Hidden tests of `keep_last_turns`."""

from __future__ import annotations

import pytest

from test_keep_last_turns import assert_kept, draw_turn


@pytest.mark.exercise("keep_last_turns", points=1, rules=(1, 2, 3))
def test_turns_of_any_kind(submission):
    """Equal questions, a turn without an answer yet, fewer turns than asked for, and no messages at all."""
    rng = submission.rng
    same = ["human", "Yes."]
    plain = [same, ["ai", "Good."]]
    waits = [draw_turn(rng)[0]]
    calls = draw_turn(rng, calls=2)
    assert_kept(submission, [plain, draw_turn(rng, calls=1), plain, draw_turn(rng)], 2)
    assert_kept(submission, [plain, plain, calls[:-1]], 2)
    assert_kept(submission, [plain, draw_turn(rng), plain, waits], 1)
    assert_kept(submission, [draw_turn(rng), [["human", "And a lamp?"]], [["human", "Hello?"]]], 1)
    assert_kept(submission, [draw_turn(rng), waits, waits], 2)
    assert_kept(submission, [draw_turn(rng), calls], 2)
    blank = [[["human", text], ["ai", "Pardon?"]] for text in ("", " ")]  # only enter was pressed
    assert_kept(submission, [plain, draw_turn(rng), *blank], 1)
    assert_kept(submission, [plain, draw_turn(rng), *blank, waits], 3)
    for turns in (3, 4, 5, 9):  # one more than there are, and more: an index below zero wraps round
        assert_kept(submission, [plain, calls], turns)
        assert_kept(submission, [plain, draw_turn(rng), draw_turn(rng, calls=1), waits], turns + 2)
    pictures = [["human", [{"type": "text", "text": "And this one?"}]], ["ai", "Green."]]
    called = [["human", "Do you have a tent?"], ["ai", "", "c1"]]  # the process was killed in the call
    assert_kept(submission, [plain, pictures, plain], 2)
    assert_kept(submission, [plain, draw_turn(rng), called], 1)
    assert_kept(submission, [plain, draw_turn(rng, calls=1100)], 1)
    assert_kept(submission, [*[plain] * 600, draw_turn(rng, calls=1), waits], 2)
    assert_kept(submission, [draw_turn(rng), *[plain] * 600], 600)
    assert_kept(submission, [], 1)
