"""A worked answer is shown as it's written: the lines between its marks keep their indentation."""

import textwrap

import pytest

from course.authoring.exercise_source import read_module
from course.learner.catalogue import entries
from course.learner.success import worked_answer
from course.paths import Root
from course.site.exercise_page import exercise_page
from course.site.notebook_page import Printer

ROOT = Root.find()


def without_marks(text):
    return "\n".join(line for line in text.splitlines() if " SOLUTION" not in line).strip()


@pytest.mark.parametrize("module", ROOT.module_names())
def test_on_the_site_and_on_the_card(module, tmp_path):
    printer = Printer(folder=tmp_path / "pages", drawings=tmp_path / "drawings")
    page = exercise_page(ROOT, module, printer)
    for exercise in read_module(ROOT, module).exercises:
        if exercise.manual_points is None:
            shown = without_marks(exercise.answer)
            assert worked_answer(ROOT, entries(ROOT)[exercise.name]).source == shown
            assert textwrap.indent(shown, "    ") in page, exercise.name
