"""Makes a class of sample submissions from the sources of the exercises, to show grading on real input."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from course.authoring import build as building
from course.authoring import sample_class as samples
from course.authoring.exercise_source import read_module
from course.errors import UsageError
from course.paths import Root

MARKER = ".demo"
"""The file by which a folder is known as ours to empty."""


def prepare(root: Root, folder: Path, tell: Callable[[str], None]) -> Path:
    """Write the sample class to `folder/submissions`, in place of an older one; return that folder.

    Raises:
        UsageError: the course is a learner's bundle, or the folder holds something else.
    """
    if not root.solutions.is_dir():
        raise UsageError(f"`{root.path}` has no `solutions/`: the demo is made from the worked answers")
    _empty(folder)
    wanted = [item for item in building.notebooks(root) if item.path.name == samples.NAME]
    for item, text in building.stale(wanted):
        building.write(item, text)
    submissions = folder / "submissions"
    for module in root.module_names():
        if root.module_text(module).is_file():
            count = _hand_in(root, module, submissions)
            tell(f"{count} sample submissions of {module} are in {submissions}")
    return submissions


def _hand_in(root: Root, module: str, submissions: Path) -> int:
    notebook = json.loads(root.notebook(module, "exercises").read_text("utf-8"))
    flaws = samples.read_flaws(root.path / "tests" / "data" / "submissions")
    count = 0
    for sample in samples.samples(notebook, read_module(root, module), flaws):
        samples.write(sample, submissions, module)
        count += 1
    return count


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise UsageError(f"`{folder}` holds something that is not a demo: name another folder, or empty it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
