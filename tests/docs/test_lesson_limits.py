"""A lesson fits into an hour, and its code into the width of the site's page."""

from __future__ import annotations

import json

import pytest

from course.learner.lesson_minutes import lesson_measures, lesson_minutes
from course.paths import Root

ROOT = Root.find()
MINUTES, WORDS, LINES, PREDICTS, COLUMNS = 60, 3000, 300, 8, 75

every_lesson = pytest.mark.parametrize("module", ROOT.module_names())


@every_lesson
def test_a_lesson_takes_an_hour_at_most(module: str):
    assert lesson_minutes(ROOT.notebook(module, "lesson")) <= MINUTES


@every_lesson
def test_a_lesson_has_so_many_words_lines_and_questions_at_most(module: str):
    measured = lesson_measures(ROOT.notebook(module, "lesson"))
    assert measured.words <= WORDS
    assert measured.code_lines + measured.shown_lines <= LINES
    assert measured.predicts <= PREDICTS


@every_lesson
def test_no_line_of_code_is_cut_off_on_the_site(module: str):
    cells = json.loads(ROOT.notebook(module, "lesson").read_bytes())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    wide = [line for text in code for line in text.splitlines() if len(line) > COLUMNS]
    assert wide == []
