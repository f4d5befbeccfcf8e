"""The table in the terminal."""

from __future__ import annotations

import io

from rich.console import Console

from autograder.results.graded import Column, GradedSubmission
from autograder.results.verdicts import ExerciseResult, TestResult
from course.instructor.class_table import show_modules


def row(student: str, module: str, *names: str) -> GradedSubmission:
    passed = TestResult(title="A test.", points=2, hidden=False, status="passed")
    exercises = tuple(ExerciseResult(name=name, tests=(passed,)) for name in names)
    return GradedSubmission(student=student, module=module, exercises=exercises, seed=1)


def test_each_module_has_a_table_of_its_own():
    columns = [
        Column(module="01_basic", name="one", points=2),
        Column(module="02_robust", name="two", points=2),
        Column(module="02_robust", name="three", points=2),
    ]
    rows = [row("ada", "01_basic", "one"), row("ada", "02_robust", "two", "three"), row("eve", "")]
    printed = io.StringIO()
    show_modules(rows, columns, Console(file=printed, width=80))
    found = [line.split() for line in printed.getvalue().splitlines() if line.strip()]
    assert found == [
        ["student", "1", "total"],
        ["ada", "2", "2"],
        ["1", "01_basic/one", "(2)"],
        ["student", "1", "2", "total"],
        ["ada", "2", "2", "4"],
        ["1", "02_robust/two", "(2)"],
        ["2", "02_robust/three", "(2)"],
        ["student", "total"],
        ["eve", "0"],
    ]
