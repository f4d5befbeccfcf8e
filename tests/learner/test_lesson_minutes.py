"""How long a lesson takes is told from its words, its code and its questions."""

import os

import pytest

from course.learner.lesson_minutes import lesson_minutes

from .small_course import cell, notebook


@pytest.fixture
def minutes(tmp_path):
    def of(*cells):
        path = tmp_path / "lesson.ipynb"
        path.write_text(notebook(*cells))
        return lesson_minutes(path)

    return of


def test_words_code_and_predicts_each_take_their_time(minutes):
    prose = cell("markdown", "word " * 720)
    code = cell("code", "x = 1\n\n" * 36)
    questions = cell("markdown", "> **Predict.** What?\n\n" * 10)
    assert minutes(prose) == 4
    assert minutes(prose, code) == 7, "blank lines take no time"
    assert minutes(prose, code, questions) == 13


def test_code_in_prose_counts_as_code(minutes):
    assert minutes(cell("markdown", "```python\n" + "x = 1\n" * 58 + "```")) == 5


def test_code_of_ours_that_a_cell_prints_counts_as_the_cell_says(minutes):
    shows = {**cell("code", "show(build)"), "metadata": {"shows": 59}}
    assert minutes(shows) == 5


def test_a_lesson_that_has_changed_is_read_again(minutes, tmp_path):
    assert minutes(cell("markdown", "word")) == 1
    (tmp_path / "lesson.ipynb").write_text(notebook(cell("markdown", "word " * 1800)))
    os.utime(tmp_path / "lesson.ipynb", ns=(1, 1))
    assert lesson_minutes(tmp_path / "lesson.ipynb") == 10
