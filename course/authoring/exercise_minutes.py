"""Estimates how long an exercise takes whoever has read its lesson; nobody has measured it."""

from __future__ import annotations

import re

from course.authoring.answers import BEGIN, END
from course.authoring.exercise_source import ExerciseSource
from course.learner.lesson_minutes import WORDS_A_MINUTE

MINUTES_A_LINE = 1  #: of the worked answer: to find it, type it and run it
MINUTES_A_RULE = 3  #: of the prompt: to keep it, and to put right what a check says of it
WRITTEN_A_MINUTE = 20  #: words of an answer that a person reads, thought of and typed
ROUND = 5  #: nobody can tell 25 minutes from 26

_RULE = re.compile(r"^\d+\. ", re.MULTILINE)
_MARKING = re.compile(r"^\*For marking.*", re.MULTILINE | re.DOTALL)


def least_minutes(exercise: ExerciseSource) -> int:
    """Return the fewest minutes that `module.md` may state for an exercise, to the next five.

    A warm-up's rules aren't counted: its lesson has just shown how to keep them.
    """
    minutes = len(exercise.prompt.split()) / WORDS_A_MINUTE
    if exercise.manual_points is not None:
        minutes += len(_MARKING.sub("", exercise.answer).split()) / WRITTEN_A_MINUTE
    else:
        minutes += MINUTES_A_LINE * _lines_to_write(exercise.answer)
        rules = 0 if exercise.place.role == "warm-up" else len(_RULE.findall(exercise.prompt))
        minutes += MINUTES_A_RULE * rules
    return max(ROUND, ROUND * round(minutes / ROUND))


def _lines_to_write(answer: str) -> int:
    """Count the lines between an answer's marks, blank ones left out."""
    regions = re.findall(rf"### {BEGIN}\n(.*?)### {END}", answer, re.DOTALL)
    return sum(bool(line.strip()) for region in regions for line in region.splitlines())
