"""A solved exercise looks solved: the count, the next exercise, and the worked answer in place."""

import re

import pytest

from autograder.results.verdicts import ExerciseResult, TestResult
from course.learner.catalogue import entries, find
from course.learner.conclude import conclude
from course.learner.success import worked_answer

ANSWER = """\
def double(n):
    \"\"\"Double it.\"\"\"

    ### BEGIN SOLUTION
    if n < 0:
        return -double(-n)
    return 2 * n
    ### END SOLUTION
"""


@pytest.fixture
def answered(root):
    folder = root.solutions / "01_numbers" / "double_it"
    folder.mkdir(parents=True)
    (folder / "answer.py").write_text(ANSWER)


def verdict(root, name, *statuses, here=None):
    tests = [
        TestResult(
            title=f"Test {n}.",
            points=1,
            hidden=False,
            status=status,
            message="" if status == "passed" else "No.",
        )
        for n, status in enumerate(statuses)
    ]
    return conclude(find(name, root), ExerciseResult(name=name, tests=tuple(tests)), here=here)


@pytest.fixture
def folder(workspace):
    return workspace.path / "01_numbers"


def test_it_says_solved_how_many_and_what_is_next(root, folder):
    card = verdict(root, "double_it", "passed", "passed", here=folder)
    html = card.html()
    assert "✓ Solved" in html and "2 of 2 points" in html and "1 of 2 solved" in html
    assert 'Next: <a href="exercises.ipynb#Halve-it">Halve it</a>' in html
    assert "Next: [Halve it](exercises.ipynb#Halve-it)" in card.markdown()
    assert card.text().startswith("✓ Solved: Double it  2 of 2 points")


def test_after_the_last_one_the_unsolved_before_it_is_next_and_then_none(root, folder):
    assert "#Double-it" in verdict(root, "halve_it", "passed", here=folder).html()
    html = verdict(root, "double_it", "passed", "passed", here=folder).html()
    assert "You've solved every exercise." in html and "Next:" not in html


def test_links_are_relative_to_the_notebook_that_shows_them(root, workspace):
    html = verdict(root, "double_it", "passed", "passed", here=workspace.path).html()
    assert 'href="01_numbers/exercises.ipynb#Halve-it"' in html


def test_the_next_module_begins_with_its_lesson(root, workspace, folder):
    again = root.modules / "02_words"
    again.mkdir()
    text = root.notebook("01_numbers", "exercises").read_text()
    (again / "exercises.ipynb").write_text(
        text.replace("halve_it", "spell_it").replace("Halve it", "Spell it")
    )
    (again / "lesson.ipynb").write_text(
        root.notebook("01_numbers", "lesson").read_text().replace("Numbers", "Words")
    )
    verdict(root, "double_it", "passed", "passed", here=folder)
    html = verdict(root, "halve_it", "passed", here=folder).html()
    assert 'Next: <a href="../02_words/lesson.ipynb">Lesson 2: Words</a> <small>1 minute</small>' in html
    assert 'then <a href="../02_words/exercises.ipynb#Spell-it">Spell it</a>' in html


def test_the_worked_answer_is_shown_in_place_as_it_is_indented(root, folder, answered):
    html = verdict(root, "double_it", "passed", "passed", here=folder).html()
    shown = re.search(r"<details>.*<pre><code>(.*)</code></pre></details>", html, re.DOTALL).group(1)
    assert "SOLUTION" not in shown
    names = {}
    exec(shown.replace("&quot;", '"').replace("&lt;", "<"), names)
    assert names["double"](-4) == -8


@pytest.mark.parametrize("status", ["failed", "error", "timed out", "not written"])
def test_it_is_not_given_away(root, folder, answered, status):
    card = verdict(root, "double_it", "passed", status, here=folder)
    for form in (card.html(), card.text(), card.markdown()):
        assert "return 2 * n" not in form and "answer.py" not in form and "Solved" not in form


def test_a_terminal_is_told_the_file(root, folder, answered):
    card = verdict(root, "double_it", "passed", "passed")
    assert "The worked answer: `solutions/01_numbers/double_it/answer.py`" in card.text()


def test_without_answers_it_says_so_or_where_the_site_has_them(root, folder, monkeypatch):
    html = verdict(root, "double_it", "passed", "passed", here=folder).html()
    assert "comes without worked answers" in html and "127.0.0.1" not in html
    monkeypatch.setenv("COURSE_SITE", "https://course.example/")
    html = verdict(root, "double_it", "passed", "passed", here=folder).html()
    assert 'href="https://course.example/modules/01_numbers/exercises' in html


def test_outside_a_workspace_nothing_is_counted(root, tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    html = verdict(root, "double_it", "passed", "passed").html()
    assert "✓ Solved" in html and 'onward"' not in html


def test_what_others_wrote_is_text(root, folder, answered):
    (root.solutions / "01_numbers" / "double_it" / "answer.py").write_text("x = '<script>'")
    assert worked_answer(root, entries(root)["double_it"]).source == "x = '<script>'"
    assert "<script>" not in verdict(root, "double_it", "passed", here=folder).html()
