"""Inputs are private: neither another student nor another notebook gets them, and the instructor can repeat them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.grading.keys import private_seed
from autograder.testing.judge import Judge
from course.authoring import sample_class
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

pytestmark = pytest.mark.slow


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """The seeds that exercises were judged with, in this process."""
    found: list[int] = []
    run = Judge.run

    def watched(self: Judge, *args: Any, seed: int, **more: Any) -> Any:
        found.append(seed)
        return run(self, *args, seed=seed, **more)

    monkeypatch.setattr(Judge, "run", watched)
    return found


def test_no_two_submissions_see_the_same_inputs(root, source, notebook, here, drawn, tmp_path: Path):
    right = next(sample_class.samples(notebook, source, []))
    for student in ("ada", "ben"):
        copy = sample_class.Sample(student=student, says="", data=right.data)
        sample_class.write(copy, tmp_path / "submitted", MODULE)
    seeds = []
    for number in range(3):
        drawn.clear()
        run_seed = 7 if number < 2 else 8
        grade(root, tmp_path / "submitted", tmp_path / f"out{number}", executor=here, seed=run_seed)
        seeds.append(tuple(dict.fromkeys(drawn)))
    first, again, other = seeds
    assert len(set(first)) == 2  # one for each student
    assert again == first  # the instructor can repeat it
    assert not set(other) & set(first)  # another run cannot be told from this one


def test_another_notebook_gets_other_inputs(source):
    from autograder.grading.cells import CodeCell

    before, now = [CodeCell(source="x = 1")], [CodeCell(source="x = 2")]
    assert private_seed(7, "ada", before) == private_seed(7, "ada", list(before))
    assert (
        len({private_seed(7, "ada", before), private_seed(7, "ada", now), private_seed(7, "ben", now)}) == 3
    )
