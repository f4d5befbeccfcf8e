"""The page of the benchmark says what was measured, of assignments that are the same for every tool."""

import re
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from benchmarks.grading import report, results
from benchmarks.grading.classroom import SMALL, SMALL_COURSE
from benchmarks.grading.plain_tests import POINTS, TESTS
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import right_answers
from course.paths import Root

ROOT = Root.find()
SETUP = """
import operator
from typing import Annotated, TypedDict
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
class State(TypedDict):
    notes: Annotated[list[str], operator.add]
"""
SOURCE = read_module(Root(SMALL_COURSE), SMALL)
NEAR_MISSES = [
    pytest.param(exercise.name, miss.code, id=f"{exercise.name}-{number}")
    for exercise in SOURCE.exercises
    for number, miss in enumerate(exercise.near_misses)
]


@pytest.fixture
def learner(monkeypatch):
    """Defines what a learner wrote, in a module: LangGraph looks types up there."""
    module = ModuleType("benchmarked")
    monkeypatch.setitem(sys.modules, "benchmarked", module)

    def define(code):
        exec(compile(SETUP + code, "benchmarked", "exec", dont_inherit=True), module.__dict__)
        return module.__dict__

    return define


def lost(namespace, exercise):
    """The points that the plain tests of an exercise take away."""
    points = 0
    for test in (test for test in TESTS if test.exercise == exercise):
        try:
            test.function(namespace[test.subject])
        except Exception:
            points += test.points
    return points


def test_the_page_is_that_of_the_last_measurement():
    found = results.load(ROOT.path / "benchmarks" / "results.json")
    assert report.measured(found) in (ROOT.docs / "benchmark.md").read_text()


def test_the_page_tells_what_each_module_costs_beside_nbgrader():
    cost = {"module": "02_robust", "seconds": 5, "processor": 2, "writing": 0.01, "start": 3}
    found = replace(
        results.load(ROOT.path / "benchmarks" / "results.json"),
        modules=(results.ModuleCost(**cost, one=8, nbgrader=16),),
    )
    row = "| `02_robust` | 2.00 s | 3.00 s | 0.01 s | 3.00 s | 8.00 s | 16.00 s | 2.0 |"
    assert row in report.measured(found).splitlines()


@pytest.mark.parametrize("exercise", sorted({test.exercise for test in TESTS}))
def test_the_plain_tests_let_worked_answers_pass(exercise, learner):
    assert lost(learner(right_answers(SOURCE)[exercise]), exercise) == 0


@pytest.mark.parametrize("exercise, code", NEAR_MISSES)
def test_the_plain_tests_catch_what_ours_catch(exercise, code, learner):
    assert lost(learner(code), exercise) > 0


def test_both_give_the_same_points():
    course = Root(SMALL_COURSE)
    tests = "".join(path.read_text() for path in course.test_files(SMALL))
    assert sum(int(points) for points in re.findall(r"points=(\d+)", tests)) == POINTS
