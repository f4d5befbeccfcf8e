"""A lesson fits into an hour, and its code into the width of the site's page."""

from __future__ import annotations

import json

import pytest

from course.learner.lesson_minutes import lesson_measures, lesson_minutes
from course.paths import Root

ROOT = Root.find()
MINUTES, WORDS, LINES, PREDICTS, COLUMNS = 60, 3000, 300, 8, 75

# What a lesson may have beyond these until it is edited: remove its line then.
ALLOWED: dict[str, dict[str, int]] = {
    "01_basic": {"predicts": 16, "columns": 105},
    "03_people": {"predicts": 10, "columns": 108},
    "08_support_agent": {"predicts": 9, "columns": 103},
    "09_data_pipeline": {"lines": 305, "columns": 76},
}
every_lesson = pytest.mark.parametrize("module", ROOT.module_names())


def limit(module: str, what: str, usual: int) -> int:
    return ALLOWED.get(module, {}).get(what, usual)


@every_lesson
def test_a_lesson_takes_an_hour_at_most(module: str):
    assert lesson_minutes(ROOT.notebook(module, "lesson")) <= MINUTES


@every_lesson
def test_a_lesson_has_so_many_words_lines_and_questions_at_most(module: str):
    measured = lesson_measures(ROOT.notebook(module, "lesson"))
    assert measured.words <= WORDS
    assert measured.code_lines <= limit(module, "lines", LINES)
    assert measured.predicts <= limit(module, "predicts", PREDICTS)


@every_lesson
def test_no_line_of_code_is_cut_off_on_the_site(module: str):
    cells = json.loads(ROOT.notebook(module, "lesson").read_bytes())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    wide = [line for text in code for line in text.splitlines() if len(line) > COLUMNS]
    assert len(max(wide, key=len, default="")) <= limit(module, "columns", COLUMNS), wide


def test_what_is_allowed_is_still_needed():
    for module, beyond in ALLOWED.items():
        measured = lesson_measures(ROOT.notebook(module, "lesson"))
        found = {"lines": measured.code_lines, "predicts": measured.predicts}
        usual = {"lines": LINES, "predicts": PREDICTS}
        assert all(found[what] > usual[what] for what in beyond if what in found), (
            f"drop the line of {module}"
        )
