"""What editors do to a notebook: marks and kinds get lost, and the answer still counts, or a person is asked."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from autograder.submissions.assignment import Handout, read_handout
from autograder.submissions.notebook import SubmittedNotebook, parse_notebook
from autograder.submissions.restore import changes, restored
from course.authoring import sample_class
from course.paths import Root
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

Notebook = dict[str, Any]
ANSWER, QUESTION, TEST = "compile_with_checkpointer_answer", "why_it_forgot", "compile_with_checkpointer"
WRITTEN = "A written answer, which a person reads."


@pytest.fixture
def handout(root: Root) -> Handout:
    return read_handout(root.notebook(MODULE, "exercises"))


@pytest.fixture
def right(notebook: Notebook, source) -> Notebook:
    return sample_class.fill(notebook, {**sample_class.right_answers(source), QUESTION: WRITTEN})


def cell(notebook: Notebook, name: str) -> Notebook:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def marks_lost(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        each["metadata"] = {}


def ids_and_marks_lost(notebook: Notebook) -> None:
    marks_lost(notebook)
    notebook["nbformat_minor"] = 2
    for each in notebook["cells"]:
        del each["id"]


def all_metadata_lost(notebook: Notebook) -> None:
    marks_lost(notebook)
    notebook["metadata"] = {}


def answer_became(kind: str):
    def change(notebook: Notebook) -> None:
        turned = cell(notebook, ANSWER)
        turned["cell_type"] = kind
        del turned["outputs"], turned["execution_count"]

    return change


def question_became_code(notebook: Notebook) -> None:
    cell(notebook, QUESTION).update(cell_type="code", outputs=[], execution_count=None)


def language(name: str):
    def change(notebook: Notebook) -> None:
        notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "3.12", "language": name}

    return change


CHANGES = [
    pytest.param(marks_lost, "lost nbgrader's marks", id="marks lost"),
    pytest.param(ids_and_marks_lost, "lost nbgrader's marks", id="ids and marks lost"),
    pytest.param(all_metadata_lost, "lost nbgrader's marks", id="all metadata lost"),
    pytest.param(answer_became("markdown"), "had become markdown", id="code to Markdown"),
    pytest.param(answer_became("raw"), "had become raw", id="code to raw"),
    pytest.param(question_became_code, "", id="question to code"),
    *(
        pytest.param(language(name), "", id=f"language {name!r}")
        for name in ("Python", "python3", "", " IPython")
    ),
]


@pytest.mark.slow
def test_an_altered_notebook_is_graded_like_the_one_it_was(root: Root, right: Notebook, tmp_path: Path, here):
    for number, changed in enumerate(CHANGES):
        notebook = copy.deepcopy(right)
        changed.values[0](notebook)
        data = json.dumps(notebook).encode()
        sample_class.write(
            sample_class.Sample(student=f"s{number}", says="", data=data), tmp_path / "in", MODULE
        )
    graded = grade(root, tmp_path / "in", tmp_path / "out", seed=7, executor=here)
    rows = {row.student: row for row in graded.rows}
    for number, changed in enumerate(CHANGES):
        row = rows[f"s{number}"]
        assert row.earned == sum(exercise.points for exercise in row.exercises), (changed.id, row.error)
        assert row.waiting == 3, f"{changed.id}: a person is to read what was written"
        assert changed.values[1] in row.error


def parsed(notebook: Notebook) -> SubmittedNotebook:
    return parse_notebook(Path("exercises.ipynb"), json.dumps(notebook).encode())


def test_a_notebook_as_it_was_handed_out_is_left_alone(right: Notebook, handout: Handout):
    read = parsed(right)
    assert restored(read, handout) == read
    assert list(changes(read, handout)) == []


def test_marks_are_found_by_place_only_below_their_own_prompt(right: Notebook, handout: Handout):
    ids_and_marks_lost(right)
    index = next(i for i, c in enumerate(right["cells"]) if c["source"] == WRITTEN)
    right["cells"].append(right["cells"].pop(index - 1))  # its prompt went elsewhere
    assert QUESTION not in {each.grade_id for each in restored(parsed(right), handout).cells}


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ([TEST], f"the cell `{TEST}` was deleted"),
        ([TEST, QUESTION], f"2 cells were deleted: `{TEST}`, `{QUESTION}`"),
    ],
)
def test_what_was_deleted_is_told_in_a_line(right: Notebook, handout: Handout, gone: list[str], told: str):
    for name in gone:
        right["cells"].remove(cell(right, name))
    assert list(changes(restored(parsed(right), handout), handout)) == [told]


def test_imports_that_were_deleted_are_told_and_edited_ones_are_not(right: Notebook, handout: Handout):
    right["cells"][1]["source"] += "\nimport json"
    assert list(changes(parsed(right), handout)) == []
    del right["cells"][1]
    (told,) = changes(parsed(right), handout)
    assert told == "the cell that begins with `import operator` was deleted"


def test_another_notebook_has_none_of_the_cells(handout: Handout):
    assert list(changes(parsed({"nbformat": 4, "metadata": {}, "cells": []}), handout)) == [
        "it has none of the cells that were handed out"
    ]


@pytest.mark.slow
def test_a_notebook_of_another_module_is_named_as_that(root: Root, right: Notebook, tmp_path: Path, here):
    other = {**right, "metadata": {**right["metadata"], "course": {"module": "02_state"}}}
    other["cells"] = [c for c in right["cells"] if not c["metadata"].get("nbgrader")]
    data = json.dumps(other).encode()
    sample_class.write(sample_class.Sample(student="ada", says="", data=data), tmp_path / "in", MODULE)
    (row,) = grade(root, tmp_path / "in", tmp_path / "out", executor=here).rows
    assert row.error == f"it's a notebook of 02_state, not of {MODULE}"
    assert {exercise.status for exercise in row.exercises} == {"unreadable"}


def test_text_of_a_windows_shell_is_read(right: Notebook):
    data = json.dumps(right, ensure_ascii=False).encode("utf-16")
    assert parse_notebook(Path("exercises.ipynb"), data) == parsed(right)
