"""A whole class of samples: each gets what it deserves, whatever the others do."""

from __future__ import annotations

import csv
import json

import pytest

from autograder.results.verdicts import ExerciseResult
from course.authoring.sample_class import Flaw, first_exercise
from tests.support.grading import Class
from tests.support.tiny_course import FLAWS, MODULE

pytestmark = [pytest.mark.slow, pytest.mark.together("class")]


def statuses(graded: Class, student: str) -> dict[str, str]:
    return {exercise.name: exercise.status for exercise in graded.rows[student].exercises}


def test_right_answers_get_full_marks(graded: Class):
    result = graded.rows["right"]
    assert result.auto_earned == result.auto_points > 0
    assert result.points - result.earned == 3  # what a person has still to give


def test_blank_answers_are_not_written(graded: Class):
    assert set(statuses(graded, "blank").values()) == {"not written"}
    assert graded.rows["blank"].auto_earned == 0


def test_partly_right_is_partly_graded(graded: Class):
    assert set(statuses(graded, "partly_right").values()) == {"passed", "not written"}


def test_alternatives_get_full_marks(graded: Class):
    rows = [row for student, row in graded.rows.items() if student.startswith("alternative")]
    assert rows
    for row in rows:
        assert row.auto_earned == row.auto_points, row.student


def test_near_misses_lose_points(graded: Class):
    rows = [row for student, row in graded.rows.items() if student.startswith("near_miss")]
    assert rows
    for row in rows:
        assert row.auto_earned < row.auto_points, row.student


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name)
def test_flaws_get_their_status(graded: Class, flaw: Flaw, source):
    found = statuses(graded, f"flaw_{flaw.name}")
    first = first_exercise(source)
    concerned = {first: found[first]} if flaw.place in {"answer", "function"} else found
    assert set(concerned.values()) <= flaw.expect, found


@pytest.mark.parametrize(
    "flaw", [flaw for flaw in FLAWS if flaw.place in {"answer", "function"}], ids=lambda flaw: flaw.name
)
def test_a_flaw_in_one_answer_spoils_no_other(graded: Class, flaw: Flaw, source):
    others: list[ExerciseResult] = [
        exercise
        for exercise in graded.rows[f"flaw_{flaw.name}"].exercises
        if exercise.name != first_exercise(source)
    ]
    assert others
    assert {exercise.status for exercise in others} == {"passed"}


def test_nobody_is_without_a_grade(graded: Class):
    students = {path.name for path in graded.submissions.iterdir()}
    assert set(graded.rows) == students
    assert len({len(row.exercises) for row in graded.rows.values()}) == 1


def test_every_submission_has_its_record(graded: Class):
    records = [json.loads(line) for line in graded.out.results.read_text().splitlines()]
    assert {record["student"] for record in records} == set(graded.rows)
    right = next(record for record in records if record["student"] == "right")
    assert {test["status"] for exercise in right["exercises"] for test in exercise["tests"]} == {"passed"}
    assert right["seed"] == 7


def test_the_table_has_a_row_each(graded: Class):
    with graded.out.csv.open(encoding="utf-8-sig", newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    assert set(table) == set(graded.rows)
    assert (table["right"]["percent"], table["right"]["mark"]) == ("66.7", "provisional")  # of all points
    assert table["blank"]["percent"] == "0.0"
    assert "timed out" in table["flaw_infinite_loop"]["notes"]
    assert "no JSON" in table["flaw_no_json"]["notes"]


def test_untouched_questions_need_nobody(graded: Class):
    marks = {student: row.manual[0] for student, row in graded.rows.items()}
    assert marks["blank"].earned == 0
    assert marks["flaw_no_json"].earned == 0
    assert marks["right"].earned is None


def test_tampered_test_cells_are_told(graded: Class):
    assert "was deleted" in graded.rows["flaw_deleted_test_cell"].error
    assert "was changed" in graded.rows["flaw_edited_test_cell"].error
    assert "2 cells" in graded.rows["flaw_duplicated_cell"].error


def test_no_script_of_a_learner_is_in_what_an_instructor_opens(graded: Class):
    page = (graded.out.feedback / "flaw_script_in_output" / MODULE / "exercises.html").read_text()
    notebook = (graded.out.autograded / "flaw_script_in_output" / MODULE / "exercises.ipynb").read_text()
    assert "<script" not in page
    assert "<iframe" not in page
    assert 'href="javascript' not in page
    for cell in json.loads(notebook)["cells"]:
        assert ATTACK not in str(cell["metadata"])
        if cell["cell_type"] == "markdown" and ATTACK in cell["source"]:
            assert cell["source"].startswith("```")
        for output in cell.get("outputs", []):
            assert "application/javascript" not in output.get("data", {})
            assert ATTACK not in str(output.get("data", {}).get("text/html"))


ATTACK = "<script>document.title"


def test_autograded_notebooks_are_valid(graded: Class):
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    for path in sorted(graded.out.autograded.glob("*/*/exercises.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)


def test_grade_cells_hold_the_bare_score(graded: Class):
    notebook = json.loads((graded.out.autograded / "right" / MODULE / "exercises.ipynb").read_text())
    scores = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["outputs"][0]["data"]["text/plain"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    }
    result = graded.rows["right"]
    assert {name: float(score) for name, score in scores.items()} == {
        e.name: e.earned for e in result.exercises
    }


def test_nothing_of_the_hidden_tests_source_is_shown(graded: Class, root):
    secret = [
        line.strip()
        for path in root.solutions.glob(f"{MODULE}/*/test_hidden.py")
        for line in path.read_text().splitlines()
        if "submission." in line or "assert " in line
    ]
    assert secret
    for path in graded.out.path.rglob("exercises.*"):
        text = path.read_text()
        assert not [line for line in secret if line in text], path
