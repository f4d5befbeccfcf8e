from __future__ import annotations

import pytest

from course.authoring.exercise_source import read_module
from course.authoring.printing import (
    CODE_STUB,
    answers_notebook,
    exercises_notebook,
    lesson_notebook,
    text_of,
)
from course.authoring.test_marks import module_tests

from .tiny import FIRST_CELLS, MODULE, change


@pytest.fixture
def printed(root):
    return exercises_notebook(read_module(root, MODULE), module_tests(root, MODULE))


def cells_by_grade_id(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def test_the_print_in_the_repository_is_what_is_printed(root, printed):
    assert root.notebook(MODULE, "exercises").read_text() == text_of(printed)


def test_each_exercise_is_a_prompt_an_answer_and_a_check(printed):
    assert [*cells_by_grade_id(printed)] == [
        "compile_with_checkpointer_prompt",
        "compile_with_checkpointer_answer",
        "compile_with_checkpointer",
        "read_thread_prompt",
        "read_thread_answer",
        "read_thread",
        "why_it_forgot_prompt",
        "why_it_forgot",
    ]


def test_a_check_is_locked_and_worth_the_sum_of_its_tests(printed):
    cell = cells_by_grade_id(printed)["read_thread"]
    assert cell.source == 'check("read_thread")'
    marks = cell.metadata.nbgrader
    assert (marks.grade, marks.solution, marks.locked, marks.points) == (True, False, True, 3)
    assert (cell.metadata.deletable, cell.metadata.editable) == (False, False)


def test_a_blank_keeps_what_stands_around_the_region(printed):
    assert cells_by_grade_id(printed)["read_thread_answer"].source == (
        'def notes_of(graph, thread_id):\n    """Return the notes of a thread."""\n'
        + "\n".join(f"    {line}" for line in CODE_STUB.splitlines())
    )


def test_a_question_is_graded_by_hand(printed):
    cell = cells_by_grade_id(printed)["why_it_forgot"]
    marks = cell.metadata.nbgrader
    assert (cell.cell_type, cell.source) == ("markdown", "Your answer here.")
    assert (marks.grade, marks.solution, marks.points) == (True, True, 3)


def test_hints_and_points_go_into_the_notebooks_metadata(printed):
    card = printed.metadata.course
    assert card.module == MODULE
    assert card.exercises.read_thread.title == "Read a thread"
    assert (card.exercises.read_thread.points, card.exercises.read_thread.public_points) == (3, 2)
    assert card.exercises.read_thread.hints[0] == "A graph knows the state of each of its threads."
    assert card.questions == {"why_it_forgot": {"title": "Why it forgot", "points": 3}}


def test_no_line_of_an_answer_is_printed(root, printed):
    public = {"python", *CODE_STUB.splitlines(), "Your answer here."}
    secret: set[str] = set()
    source = read_module(root, MODULE)
    for exercise in source.exercises:
        for other in (*exercise.near_misses, *exercise.alternatives):
            secret |= {line.strip() for line in other.text.splitlines()}
    for cell in source.cells:
        inside = False
        for line in cell.text.splitlines():
            inside = inside and "END SOLUTION" not in line
            (secret if inside else public).add(line.strip())
            inside = inside or "BEGIN SOLUTION" in line
    text = [line.strip() for cell in printed.cells for line in cell.source.splitlines()]
    assert len(secret - public) > 15
    assert not (secret - public) & set(text)
    file = text_of(printed)
    assert "BEGIN SOLUTION" not in file and "says:" not in file


def test_the_answers_are_nbgraders_source_form(root):
    worked = answers_notebook(read_module(root, MODULE), module_tests(root, MODULE))
    cell = cells_by_grade_id(worked)["read_thread_answer"]
    assert "### BEGIN SOLUTION" in cell.source and "get_state" in cell.source
    assert "checksum" not in cell.metadata.nbgrader


def test_answers_and_release_have_the_same_ids(root, printed):
    worked = answers_notebook(read_module(root, MODULE), module_tests(root, MODULE))
    assert [cell.id for cell in worked.cells] == [cell.id for cell in printed.cells]


def test_two_prints_are_the_same_bytes_and_every_id_is_unique(root, printed):
    again = exercises_notebook(read_module(root, MODULE), module_tests(root, MODULE))
    assert text_of(again) == text_of(printed)
    ids = [cell.id for cell in printed.cells]
    assert len(set(ids)) == len(ids)


def test_cells_with_the_same_text_have_ids_of_their_own(root):
    path = root.lesson_source(MODULE)
    path.write_text("# %%\n1\n\n# %%\n1\n\n# %%\n1\n")
    assert len({cell.id for cell in lesson_notebook(path).cells}) == 3


def test_an_id_does_not_depend_on_the_cells_around_it(root, printed):
    change(root.path / FIRST_CELLS, "# %%\nclass State", "# %%\nextra = 1\n\n# %%\nclass State")
    longer = exercises_notebook(read_module(root, MODULE), module_tests(root, MODULE))
    assert {cell.id for cell in printed.cells} < {cell.id for cell in longer.cells}


def test_a_print_has_a_kernel_and_nothing_of_jupytext(root):
    notebook = lesson_notebook(root.lesson_source(MODULE))
    assert {*notebook.metadata} == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    text = text_of(notebook)
    assert "jupytext" not in text and text.endswith("}\n") and not text.endswith("\n\n")
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)
