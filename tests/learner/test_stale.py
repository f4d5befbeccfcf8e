"""A card says first that an answer was changed since it ran, or that it's no Python; and nothing stale."""

import json
import os
import threading
from types import SimpleNamespace

import pytest

from course.learner import stale
from course.learner.runs import Run
from course.learner.stale import SAVE_SECONDS, Saved, broken, changed, older

from .small_course import exercises

ENTRY = SimpleNamespace(name="double_it", defines=("double",))
RIGHT = "def double(n):\n    return 2 * n"
RUN_AT, SAVED_AT = 1000.0, 1000.0 + SAVE_SECONDS + 1


def saved(answer, at=SAVED_AT, **others):
    return Saved(sources={"a1": answer, **others}, answers={"double_it": "a1"}, at=at)


def run(source, cell="a1", at=RUN_AT):
    return Run(source=source, cell_id=cell, at=at)


def test_an_answer_that_ran_as_it_is_saved_is_checked():
    assert changed(ENTRY, [run(RIGHT)], saved(RIGHT), {}) == ""


def test_an_answer_that_was_changed_since_is_not():
    said = changed(ENTRY, [run(RIGHT)], saved(f"{RIGHT} + 1"), {})
    assert (
        said
        == "You've changed your answer since you last ran it. Run that cell (Shift+Enter), then check again."
    )


def test_a_new_comment_needs_no_run():
    assert changed(ENTRY, [run(RIGHT)], saved(f"# Mine\n\n{RIGHT}  # twice\n"), {}) == ""


@pytest.mark.parametrize("source", ["def double(n:", "%time 1"])
def test_what_is_no_python_is_compared_as_text(source):
    assert changed(ENTRY, [run(RIGHT)], saved(source), {}) != ""


def test_what_was_saved_too_late_was_changed_for_the_next_check(workspace, monkeypatch):
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    path.write_text(exercises(f"{RIGHT} + 1"))
    os.utime(path, (SAVED_AT, SAVED_AT))
    cell = Saved.read(path).answers["double_it"]
    monkeypatch.setattr(stale, "runs", lambda: (run(RIGHT, cell),))
    assert "You've changed your answer" in older(ENTRY, path, {})
    assert "You've changed your answer" in older(ENTRY, path, {}, until=SAVED_AT)
    assert older(ENTRY, path, {}, until=SAVED_AT - 1) == ""


@pytest.mark.parametrize("at", [RUN_AT - 60, RUN_AT, RUN_AT + SAVE_SECONDS / 2])
def test_a_file_that_is_older_than_the_run_proves_nothing(at):
    assert changed(ENTRY, [run(RIGHT)], saved("half of", at=at), {}) == ""


def test_a_helper_that_was_changed_since_is_named():
    ran = [run("def helper(n):\n    return n", cell="h"), run("def double(n):\n    return helper(2 * n)")]
    said = changed(ENTRY, ran, saved(ran[1].source, h="def helper(n):\n    return n + 1"), {})
    assert "You've changed the cell that defines `helper` since you last ran it." in said


def test_what_the_answer_does_not_need_may_be_changed():
    ran = [run("def other(n):\n    return n", cell="o"), run(RIGHT)]
    assert changed(ENTRY, ran, saved(RIGHT, o="def other(n):\n    return n + 1"), {}) == ""


def test_an_answer_in_a_cell_of_ones_own_counts():
    ran = [run("def double(n):\n    raise NotImplementedError"), run(RIGHT, cell="mine", at=RUN_AT + 1)]
    assert changed(ENTRY, ran, saved("# I do it below", mine=RIGHT), {}) == ""


@pytest.mark.parametrize("cell", ["a1", ""])
def test_an_answer_that_is_no_python_is_said_so_and_where(cell):
    said = broken(ENTRY, [run(RIGHT, cell), run("def double(n):\n    return (2 * n", cell)], saved(RIGHT))
    assert said.startswith(
        "When you last ran your answer's cell, it wasn't valid Python, so none of it ran: '(' was never closed in line 2."
    )


def test_a_word_misspelt_is_known_by_its_cell():
    assert "wasn't valid Python" in broken(ENTRY, [run(RIGHT), run("deff double(n): 2")], saved(RIGHT))


def test_another_cell_that_is_no_python_is_not_the_answer():
    assert broken(ENTRY, [run(RIGHT), run("double(", cell="other")], saved(RIGHT)) == ""


@pytest.mark.parametrize("source", ["%time double(2)", "import asyncio\nawait asyncio.sleep(0)", "!ls", ""])
def test_what_a_notebook_can_run_is_right(source):
    assert broken(ENTRY, [run(f"{RIGHT}\n{source}")], saved(RIGHT)) == ""


def test_a_notebook_file_is_read(workspace):
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    path.write_text(exercises(RIGHT))
    os.utime(path, (5, 5))
    found = Saved.read(path)
    assert (found.at, found.sources[found.answers["double_it"]]) == (5, RIGHT)


def test_a_file_that_is_being_written_is_waited_for(workspace):
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    path.write_text("")
    writing = threading.Timer(0.1, lambda: path.write_text(exercises(RIGHT)))
    writing.start()
    found = Saved.read(path)
    writing.join()
    assert RIGHT in found.sources.values()


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"cells": [3]}', json.dumps({"cells": [{"cell_type": "code"}]})]
)
def test_a_damaged_file_stops_no_check(tmp_path, damage):
    (tmp_path / "a.ipynb").write_text(damage)
    assert Saved.read(tmp_path / "a.ipynb").sources == {}
    assert Saved.read(None).sources == Saved.read(tmp_path / "gone.ipynb").sources == {}
