"""The tiny course, a class of samples made from it, and that class graded: each made once."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.export import Column, Row
from course import samples
from course.paths import Root
from course.source import ModuleSource, read_module

TINY = Path(__file__).parent.parent / "data" / "tiny_course"
FLAWS = samples.read_flaws(Path(__file__).parent.parent / "data" / "submissions")
MODULE = "01_threads"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    folder = tmp_path_factory.mktemp("course") / "tiny"
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
    return Root(folder)


@pytest.fixture(scope="session")
def source(root: Root) -> ModuleSource:
    return read_module(root, MODULE)


@pytest.fixture(scope="session")
def notebook(root: Root) -> dict[str, Any]:
    return json.loads(root.notebook(MODULE, "exercises").read_text())


@dataclass
class Class:
    """A class that has been graded."""

    out: Any
    rows: dict[str, Row]
    columns: list[Column]
    submissions: Path
    seconds: float


@pytest.fixture(scope="session")
def graded(
    root: Root, source: ModuleSource, notebook: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Class]:
    """Every sample there is, honest and not, graded by two processes."""
    from autograder.grade import grade_class, read_course, write_table
    from autograder.inbox import open_inbox
    from autograder.out import Out
    from course.grading import materials

    folder = tmp_path_factory.mktemp("class")
    for sample in samples.samples(notebook, source, FLAWS):
        samples.write(sample, folder / "submitted", MODULE)
    started, out = time.monotonic(), Out(folder / "out")
    course = read_course(materials(root))
    with open_inbox(folder / "submitted", [MODULE]) as inbox:
        rows = list(grade_class(inbox, course, out, seed=7, jobs=2))
    write_table(rows, course, out)
    yield Class(
        out=out,
        rows={row.result.student: row for row in rows},
        columns=course.columns({MODULE}),
        submissions=folder / "submitted",
        seconds=time.monotonic() - started,
    )
