"""The tables: numbers, what waits, what needs a look, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from autograder.reports.export import Column, csv_lines, notes, record, write_records
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.verdicts import ExerciseResult, TestResult
from course.instructor.class_summary import in_summary
from course.instructor.class_table import show_modules

COLUMNS = [
    Column(module="01_basic", name="one", points=4),
    Column(module="01_basic", name="why", points=3, manual=True),
    Column(module="02_state", name="two", points=5),
]


def row(
    student: str = "ada", status: str = "passed", *, error: str = "", why: float | None = None
) -> GradedSubmission:
    test = TestResult(title="It holds.", points=4, hidden=False, status=status, message="no: <b>")
    exercises = (ExerciseResult(name="one", tests=(test,)),)
    mark = ManualMark(name="why", points=3, earned=why)
    return GradedSubmission(
        student=student, module="01_basic", exercises=exercises, seed=1, error=error, manual=(mark,)
    )


def table(*rows: GradedSubmission) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(rows, COLUMNS)))))


def test_what_waits_for_a_person_makes_the_mark_provisional_and_no_better():
    (ada,) = table(row())
    assert ada["01_basic/why"] == ""
    assert (ada["total"], ada["points"], ada["percent"]) == ("4", "12", "33.3")
    assert (ada["to_grade"], ada["mark"]) == ("3", "provisional")


def test_what_a_person_graded_counts():
    (ada,) = table(row(why=2))
    assert (ada["01_basic/why"], ada["total"], ada["points"], ada["percent"]) == ("2", "6", "12", "50.0")
    assert (ada["to_grade"], ada["mark"]) == ("0", "final")


def test_a_module_that_was_not_handed_in_is_empty_and_counts_as_nothing():
    (ada,) = table(row(why=3))
    assert ada["02_state/two"] == ""
    assert ada["points"] == "12"


def test_a_student_has_one_line_for_all_modules():
    second = replace(
        row(), module="02_state", manual=(), exercises=(replace(row().exercises[0], name="two"),)
    )
    lines = table(row(), second, row("zoe"))
    assert [line["student"] for line in lines] == ["ada", "zoe"]
    assert (lines[0]["01_basic/one"], lines[0]["02_state/two"], lines[0]["total"]) == ("4", "4", "8")


def test_lateness_is_taken_off():
    (ada,) = table(replace(row(why=3), late=1.5))
    assert (ada["late"], ada["total"], ada["points"]) == ("1.5", "5.5", "12")


def test_what_a_person_says_of_an_exercise_counts():
    by_hand = ManualMark(name="one", points=4, earned=3, comment="Nearly.")
    (ada,) = table(replace(row(why=2), overrides=(by_hand,)))
    assert (ada["01_basic/one"], ada["total"], ada["points"]) == ("3", "5", "12")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_name_is_a_formula(name: str):
    (line,) = table(row(name))
    assert line["student"] == f"'{name}"


def test_no_note_is_a_formula():
    (line,) = table(row(error="=HYPERLINK(1)"))
    assert line["notes"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("status", ["timed out", "out of memory", "killed", "tampered", "error"])
def test_trouble_is_noted(status: str):
    assert notes([row(status=status)]) == f"one: {status}"


@pytest.mark.parametrize("status", ["passed", "failed", "not written"])
def test_ordinary_work_is_not(status: str):
    assert notes([row(status=status)]) == ""


def test_unreadable_files_are_noted_once():
    assert notes([row(status="unreadable", error="is no JSON")]) == "is no JSON"


def test_record_holds_everything(tmp_path):
    path = tmp_path / "results.jsonl"
    write_records(path, [row(why=2), row("bob", "failed")])
    ada, bob = (json.loads(line) for line in path.read_text().splitlines())
    assert ada == record(row(why=2))
    assert bob["exercises"][0]["tests"][0]["message"] == "no: <b>"
    assert (bob["earned"], bob["points"], bob["schema"]) == (0, 7, 3)
    assert (bob["waiting"], bob["provisional"], ada["provisional"]) == (3, True, False)


def test_a_grader_that_failed_makes_the_mark_provisional_too():
    (ada,) = table(row(why=3, status="internal error"))
    assert (ada["total"], ada["points"], ada["to_grade"], ada["mark"]) == ("3", "12", "4", "provisional")


def test_every_output_has_one_denominator():
    """Of a module of 7 points, 3 of them still waiting: in the table, the records, the JSON and the page."""
    graded, columns = row(), COLUMNS[:2]
    (line,) = csv.DictReader(io.StringIO("".join(csv_lines([graded], columns))))
    printed = io.StringIO()
    show_modules([graded], columns, Console(file=printed, width=80))
    assert (
        float(line["points"])
        == record(graded)["points"]
        == in_summary(graded)["points"]
        == graded.points
        == 7
    )
    assert "total/7" in printed.getvalue()
    assert "4?" in printed.getvalue()
