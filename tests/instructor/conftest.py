"""A class of samples of the tiny course, graded once for all who look at it, and a warm zygote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autograder.sandbox.limits import Limits
from autograder.sandbox.zygote_client import ZygoteClient
from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource
from course.instructor.grade_class import usable_tier
from tests.support import patience
from tests.support.grading import Class, ExecutorHere, grade
from tests.support.tiny_course import FLAWS, MODULE, copy_course, notebook, root, source  # noqa: F401 — fixtures


@pytest.fixture(scope="session")
def graded(
    source: ModuleSource,  # noqa: F811
    notebook: dict[str, Any],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Class:
    """Every sample there is, honest and not, graded by two processes. What never ends has a few seconds."""
    folder, seconds = tmp_path_factory.mktemp("class"), patience.seconds(3)
    course = copy_course(folder / "course")
    for tests in course.test_files(MODULE):
        tests.write_text(tests.read_text().replace(", points=", f", timeout={seconds:.0f}, points="))
    for sample in sample_class.samples(notebook, source, FLAWS):
        sample_class.write(sample, folder / "submitted", MODULE)
    run = grade(
        course,
        folder / "submitted",
        folder / "out",
        seed=7,
        jobs=2,
        limits=Limits(cell_seconds=seconds),
    )
    rows = {row.student: row for row in run.rows}
    return Class(out=run.out, rows=rows, columns=run.columns, submissions=folder / "submitted")


@pytest.fixture(scope="session")
def here() -> Iterator[Any]:
    """What to grade with, where processes of its own are not what a test is about."""
    with ZygoteClient(tier=usable_tier()) as zygote:
        yield lambda setup, _processes: ExecutorHere(setup, zygote)
