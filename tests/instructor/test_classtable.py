"""The table in the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from autograder.results.graded import Column, GradedSubmission, ManualMark
from autograder.results.verdicts import ExerciseResult, TestResult
from course.instructor.class_overview import hardest, overview, show_overview, show_trouble
from course.instructor.class_table import hanging, show_modules


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
        ["student", "1", "total/2"],
        ["ada", "2", "2"],
        ["1", "01_basic/one", "(2)"],
        ["student", "1", "2", "total/4"],
        ["ada", "2", "2", "4"],
        ["1", "02_robust/two", "(2)"],
        ["2", "02_robust/three", "(2)"],
        ["student", "total"],
        ["eve", "0"],
    ]


def graded(student: str, *statuses: str, waits: bool = False) -> GradedSubmission:
    tests = [TestResult(title="A test.", points=2, hidden=False, status=status) for status in statuses]
    exercises = [ExerciseResult(name=f"e{n}", tests=(test,)) for n, test in enumerate(tests, 1)]
    mark = ManualMark(name="why", points=1, earned=None if waits else 0)
    return GradedSubmission(
        student=student, module="01_basic", exercises=tuple(exercises), seed=1, manual=(mark,)
    )


CLASS = [
    graded("abe", "not written", "not written"),
    graded("ada", "passed", "passed", waits=True),
    graded("bob", "passed", "failed"),
    graded("cy", "not written", "timed out"),
]
COLUMNS = [
    Column(module="01_basic", name="e1", points=2),
    Column(module="01_basic", name="e2", points=2),
    Column(module="01_basic", name="why", points=1, manual=True),
]


def shown(do) -> str:
    printed = io.StringIO()
    do(Console(file=printed, width=80))
    assert max(map(len, printed.getvalue().splitlines()), default=0) <= 80
    return printed.getvalue()


def test_a_large_class_is_summed_up_by_module():
    text = shown(lambda console: show_overview(overview(CLASS, COLUMNS), COLUMNS, console))
    row = next(line.split() for line in text.splitlines() if line.startswith("01_basic"))
    assert row == ["01_basic", "4", "1", "1", "1", "1.5", "1.0", "5"]
    assert "means are provisional" in text


def test_the_exercises_that_most_fail_come_first_and_blanks_fail_nothing():
    assert [(name, t.short, t.written) for name, t in hardest(overview(CLASS, COLUMNS))] == [
        ("01_basic/e2", 2, 3)
    ]


def test_those_in_trouble_are_named_a_line_each_however_many_there_are():
    many = [graded(f"student {n} with quite a long name", "timed out", "error") for n in range(20)]
    text = shown(lambda console: show_trouble(many, console, "graded/grades.csv"))
    assert sum("timed out" in line for line in text.splitlines()) == 12
    assert "… and 8 more: see the notes in graded/grades.csv" in text
    assert shown(lambda console: show_trouble(CLASS[:3], console, "")) == ""


def test_who_only_came_late_hides_nobody_who_is_in_trouble():
    late = [replace(CLASS[1], student=f"late {n}", error="Canvas says that it was late") for n in range(14)]
    text = shown(lambda console: show_trouble([*late, CLASS[3]], console, "graded/grades.csv"))
    assert [line for line in text.splitlines() if line] == [
        "In trouble:",
        "  cy  01_basic  e2: timed out",
        "14 more submissions have notes, on attempts, names or lateness:",
        "graded/grades.csv",
    ]
    assert overview(late, COLUMNS)["01_basic"].troubled == 0
    assert "In trouble" not in shown(lambda console: show_trouble(late[:1], console, "graded/grades.csv"))


def test_a_file_that_holds_no_module_is_in_trouble():
    assert overview([graded("eve")], COLUMNS)["01_basic"].troubled == 1


def test_the_rest_of_a_line_is_indented_under_its_beginning():
    line = "  Gülşen van der Berg  01_basic/explain: to be graded → 1.5 of 3 (a person gave points)"
    assert hanging(line, 80).splitlines() == [
        "  Gülşen van der Berg  01_basic/explain: to be graded → 1.5 of 3 (a person gave",
        "      points)",
    ]
    more = hanging("12 on the roster: " + ", ".join(["Ada Love-Lace"] * 8), 40).splitlines()[1:]
    assert more and all(rest.startswith("    ") and "Love-Lace" in rest for rest in more)
    assert hanging("short", 80) == "short"
