"""The minutes that stand on an exercise are never fewer than its prompt, its rules and its answer ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course.authoring.exercise_minutes import least_minutes
from course.authoring.exercise_source import ExerciseSource, Place, read_module
from course.paths import Root

ROOT = Root.find()
EXERCISES = [
    each for module in ROOT.module_names() for each in read_module(ROOT, module, first_cells=False).exercises
]


def exercise(role: str, prompt: str, answer: str, points: float | None = None) -> ExerciseSource:
    place = Place(line=1, role=role, minutes=0)
    return replace(EXERCISES[0], place=place, prompt=prompt, answer=answer, manual_points=points)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.name)
def test_an_exercise_says_enough_minutes(exercise: ExerciseSource):
    assert exercise.place.minutes >= least_minutes(exercise)


def test_words_rules_and_lines_take_their_time():
    answer = "given = 1\n### BEGIN SOLUTION\n" + "x = 1\n\n" * 20 + "### END SOLUTION\n"
    prompt = "word " * 900
    rules = "\n1. One.\n2. Two.\n3. Three.\n4. Four.\n5. Five.\n"
    assert least_minutes(exercise("core", prompt, answer)) == 25
    assert least_minutes(exercise("core", prompt + rules, answer)) == 40
    assert least_minutes(exercise("warm-up", prompt + rules, answer)) == 25
    assert least_minutes(exercise("warm-up", "word", "pass")) == 5


def test_an_answer_in_words_takes_the_time_to_write_it():
    answer = "word " * 400 + "\n\n*For marking, one point each.* " + "word " * 900
    assert least_minutes(exercise("further", "word " * 180, answer, points=3)) == 20
