"""A class of samples of the tiny course, graded once for all who look at it, and a warm zygote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autograder.sandbox.limits import Limits
from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource
from course.instructor.grade_class import usable_tier
from tests.support import patience
from tests.support.grading import Class, ExecutorHere, grade
from tests.support.tiny_course import FLAWS, MODULE, copy_course, notebook, root, source  # noqa: F401 — fixtures
from tests.support.zygotes import WarmZygotes


@pytest.fixture(scope="session", autouse=True)
def grade_with_warm_zygotes(warm_zygotes: WarmZygotes) -> Iterator[None]:
    """What is graded in this process starts no zygote from nothing; the commands that tests start do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograder.grading.notebook.ZygoteClient", warm_zygotes.start)
        yield


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
def here(warm_zygotes: WarmZygotes) -> Iterator[Any]:
    """What to grade with, where processes of its own are not what a test is about."""
    with warm_zygotes.start(tier=usable_tier()) as zygote:
        yield lambda setup, _processes: ExecutorHere(setup, zygote)
