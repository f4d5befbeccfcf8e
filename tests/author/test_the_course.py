"""Every exercise of the course is sound: what `course verify` proves, but for the lessons, which tests/docs runs."""

from __future__ import annotations

import pytest

from course.paths import Root
from course.verify.run import subjects_of, verify

ROOT = Root.find()


@pytest.mark.slow
@pytest.mark.parametrize("module", ROOT.module_names())
def test_the_exercises_of_a_module_are_sound(module: str):
    names = [subject.exercise.name for subject in subjects_of(ROOT, modules=[module])]
    report = verify(ROOT, modules=[module], names=names, jobs=1)
    assert not report.problems, "\n".join(map(str, report.problems))
    assert not report.skipped
    assert report.counts["exercises"] == len(names) > 4
