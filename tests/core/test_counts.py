"""One thing is not "1 things", and once not "1 times"."""

import pytest

from autograder.counts import counted, often


@pytest.mark.parametrize(("count", "said"), [(0, "0 times"), (1, "once"), (2, "twice"), (3, "3 times")])
def test_often(count, said):
    assert often(count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 points"),
        (0.5, "0.5 points"),
        (1, "1 point"),
        (1.0, "1 point"),
        (2, "2 points"),
        (5000, "5,000 points"),
    ],
)
def test_counted(count, said):
    assert counted(count, "point") == said


def test_a_plural_of_its_own():
    assert [counted(count, "reply", "replies") for count in (1, 2)] == ["1 reply", "2 replies"]
