"""The start page: where you are, what comes next, and a warm-up that's green within minutes."""

import json
import re

import pytest

from autograder.sandbox.live_kernel import LiveNamespace
from autograder.testing.judge import Judge
from course.learner import hints, progress
from course.learner.overview import Overview
from course.learner.place import Place
from course.learner.start_notebook import start_notebook, with_overview
from course.learner.start_page import OLD_START, START, files_for_learners, old_start_page
from course.learner.start_state import refresh
from course.learner.warm_up import BLANK, MODULE, WARM_UP
from course.learner.workspace import lay_out
from course.paths import Root

from .small_course import exercises


def place(root, workspace):
    return Place.of(root, workspace, workspace.path)


def shown(root, workspace):
    return Overview(place(root, workspace)).bundle(live=True)["text/html"]


def labels(found):
    return [link.label for link in found.onward]


def test_it_begins_with_the_warm_up_then_the_lesson_and_the_first_exercise(root, workspace):
    assert labels(place(root, workspace)) == ["Begin with the warm-up below"]
    progress.record(WARM_UP.name, 1, 2)
    assert labels(place(root, workspace)) == ["Begin with the warm-up below"]
    progress.record(WARM_UP.name, 2, 2)
    assert labels(place(root, workspace)) == ["Lesson 1: Numbers", "Double it"]
    assert place(root, workspace).solved == 0, "the warm-up is none of the exercises"


def test_who_has_begun_without_it_goes_on_and_who_is_done_is_told(root, workspace):
    progress.record("double_it", 1, 2)
    assert labels(place(root, workspace)) == ["Double it"]
    progress.record("double_it", 2, 2)
    (link,) = place(root, workspace).onward
    assert (link.label, link.href) == ("Halve it", "01_numbers/exercises.ipynb#Halve-it")
    progress.record("halve_it", 1, 1)
    assert "You've solved every exercise." in shown(root, workspace)


def test_each_module_says_minutes_and_how_many_are_solved(root, workspace):
    progress.record("double_it", 2, 2)
    (module,) = place(root, workspace).modules
    assert (module.title, module.lesson.about, module.minutes) == ("Numbers", "1 minute", 0)
    html = shown(root, workspace)
    assert "1 of 2 solved" in html and "<span>1 of 2</span>" in html
    assert 'aria-label="Double it: solved">✓' in html and 'aria-label="Halve it: open">○' in html


def test_minutes_of_exercises_are_added_where_all_are_known(root, workspace):
    path = root.notebook("01_numbers", "exercises")
    path.write_text(path.read_text().replace('"title": "Double it"', '"title": "Double it", "minutes": 20'))
    assert place(root, workspace).modules[0].minutes == 0
    path.write_text(path.read_text().replace('"title": "Halve it"', '"title": "Halve it", "minutes": 15'))
    assert place(root, workspace).modules[0].minutes == 35
    assert "35 min" in shown(root, workspace)
    path.write_text(path.read_text().replace('"minutes": 15', '"minutes": 15, "role": "further"'))
    assert place(root, workspace).modules[0].about == "20 minutes core"


def test_every_link_leads_to_a_notebook_that_is_there(root, workspace):
    progress.record(WARM_UP.name, 2, 2)
    links = re.findall('href="([^"#]+)', shown(root, workspace))
    assert links and set(links) <= set(files_for_learners(root))


def test_a_question_in_words_is_no_exercise_to_solve(root, workspace):
    root.notebook("01_numbers", "exercises").write_text(exercises(question=True))
    found = place(root, workspace)
    assert (found.total, len(found.modules[0].steps)) == (2, 3)
    assert "Explain it: a question in words" in shown(root, workspace)


def test_the_server_shows_it_before_a_cell_is_run_and_touches_nothing_else(root, workspace):
    path = workspace.path / START
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = "# My own words"
    path.write_text(json.dumps(notebook))
    progress.record("double_it", 2, 2)
    assert refresh(root, workspace)
    after = json.loads(path.read_text())
    (output,) = after["cells"][1]["outputs"]
    assert "1 of 2 solved" in "".join(output["data"]["text/html"])
    assert "Run the cell above, and it follows your checks." in "".join(output["data"]["text/html"])
    after["cells"][1]["outputs"] = []
    assert after == notebook


def test_that_is_no_change_of_the_learners(root, workspace):
    assert refresh(root, workspace)
    newer = with_overview(start_notebook().replace(b"# Persistence", b"# On persistence"), {})
    assert lay_out(workspace, {START: newer}) == []
    assert b"# On persistence" in (workspace.path / START).read_bytes()


def test_a_learners_warm_up_stays(root, workspace):
    path = workspace.path / START
    path.write_text(path.read_text().replace("change this line", "changed"))
    assert lay_out(workspace, files_for_learners(root)) == []
    assert "changed" in path.read_text()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"cells": [3]}', None])
def test_without_a_start_page_the_server_starts_all_the_same(root, workspace, damage):
    path = workspace.path / START
    path.unlink() if damage is None else path.write_text(damage)
    assert not refresh(root, workspace)


def test_the_start_page_of_before_leads_to_this_one(root, workspace):
    assert old_start_page(workspace) == {}, "a new workspace has none"
    lay_out(workspace, {OLD_START: b"# As it was"})
    assert lay_out(workspace, files_for_learners(root) | old_start_page(workspace)) == []
    assert START in (workspace.path / OLD_START).read_text()


def test_what_a_learner_wrote_on_it_stays(root, workspace):
    lay_out(workspace, {OLD_START: b"# As it was"})
    (workspace.path / OLD_START).write_text("# My notes")
    assert lay_out(workspace, files_for_learners(root) | old_start_page(workspace)) == []
    assert (workspace.path / OLD_START).read_text() == "# My notes"
    assert sorted(path.name for path in workspace.path.glob("START*")) == ["START.ipynb", "START.md"]


@pytest.fixture(scope="module")
def judge():
    with Judge(Root.find().public_tests(MODULE)) as judge:
        yield judge


def verdict(judge, answer):
    names = {"__name__": "__main__"}
    exec(answer, names)
    live = LiveNamespace(names)
    try:
        return judge.run(WARM_UP.name, live, seed=1)
    finally:
        live.close()


def test_as_it_is_printed_the_warm_up_forgets_and_says_what_to_change(judge):
    result = verdict(judge, BLANK)
    assert (result.earned, result.points) == (1, WARM_UP.public_points)
    assert "Pass `checkpointer=InMemorySaver()` to `compile()`" in result.tests[0].message


@pytest.mark.parametrize("saver", ["InMemorySaver()", "SAVER"])
def test_one_line_makes_it_green(judge, saver):
    answer = BLANK.replace("def reply", "SAVER = InMemorySaver()\n\n\ndef reply")
    assert verdict(judge, answer.replace("compile()", f"compile(checkpointer={saver})")).status == "passed"


def test_a_memory_outside_the_graph_is_none(judge):
    answer = BLANK.replace("def reply", "SAID = []\n\n\ndef reply")
    answer = answer.replace('state["messages"])]}', 'SAID.extend(state["messages"]) or SAID)]}')
    result = verdict(judge, answer)
    assert [test.passed for test in result.tests] == [True, False]


def test_the_warm_up_has_a_hint(workspace):
    assert "InMemorySaver()" in hints.reveal(WARM_UP.name, workspace).text
    assert hints.reveal(WARM_UP.name, workspace).text.endswith("*That was the last hint.*")
