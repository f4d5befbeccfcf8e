"""With how many of the cells an exercise is judged."""

import pytest

from autograder.grading.cells import CodeCell, cells_of

STATE = "class State(dict): ...\n"


def answers(*sources):
    """The answers to exercises `0`, `1` and so on, one below the other; a helper of nobody's is (source,)."""
    return [
        CodeCell(source=source[0])
        if isinstance(source, tuple)
        else CodeCell(source=source, exercise=str(number))
        for number, source in enumerate(sources)
    ]


def test_all_of_them_where_no_name_is_bound_twice():
    assert cells_of(answers("def a(): ...", "def b(): ...", ("helper = 1",)), "0") == 3


def test_those_down_to_the_next_answer_where_one_is():
    cells = answers("import os", STATE, ("helper = 1",), STATE)
    assert [cells_of(cells, name) for name in ("0", "1", "3")] == [4, 3, 4]


def test_whoever_writes_an_answer_anew_at_the_end_is_taken_at_the_word():
    assert cells_of(answers("def a(): ...", "b = 1", ("def a(): ...",)), "0") == 3


def test_an_answer_that_is_not_there_is_judged_with_all():
    assert cells_of(answers(STATE, STATE), "9") == 2


@pytest.mark.parametrize(
    "line", ["class N: ...", "def N(): ...", "async  def N(): ...", "N = 1", "N: int = 1", "N: 'a' = 1"]
)
def test_what_binds(line):
    assert cells_of(answers(f"%time\n{line}", f"!pip\n{line}"), "0") == 1


@pytest.mark.parametrize("line", ["N == 1", "import N", "N", "N()", " N = 1", "N[0] = 1", "N: int"])
def test_what_does_not(line):
    assert cells_of(answers(f"{line}", f"{line}"), "0") == 2
