"""The tiny course, and what its class hands in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource, read_module
from course.paths import Root

DATA = Path(__file__).parents[1] / "data"
TINY = DATA / "tiny_course"
FLAWS = sample_class.read_flaws(DATA / "submissions")
MODULE = "01_threads"


def copy_course(folder: Path) -> Root:
    """Copy the course, without what tools left in it."""
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
    return Root(folder)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    return copy_course(tmp_path_factory.mktemp("course") / "tiny")


@pytest.fixture(scope="session")
def source(root: Root) -> ModuleSource:
    return read_module(root, MODULE)


@pytest.fixture(scope="session")
def notebook(root: Root) -> dict[str, Any]:
    return json.loads(root.notebook(MODULE, "exercises").read_text())
