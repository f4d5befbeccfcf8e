"""Hashes everything that a result rests on: while the hash is the same, the result stands."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.testing.layout import files_by_exercise

if TYPE_CHECKING:
    from autograder.grading.cells import CodeCell
    from autograder.sandbox.limits import Limits

PACKAGES = (
    *("langgraph", "langgraph-checkpoint", "langgraph-checkpoint-sqlite", "langchain-core"),
    "pytest",
)
"""Another version of one of these may give another verdict."""

OURS = Path(__file__).parent.parent  # the package `autograder`
NOT_ENGINE = ("graders", "templates")


def digest(parts: Iterable[object]) -> str:
    """Return one hash of several values, kept apart."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


@functools.cache
def engine() -> str:
    """Return a hash of our own source."""
    files = [path for path in sorted(OURS.rglob("*.py")) if path.relative_to(OURS).parts[0] not in NOT_ENGINE]
    return digest(part for path in files for part in (path.relative_to(OURS), _of_file(path)))


@functools.cache
def looks() -> str:
    """Return a hash of what pages are made with."""
    return digest(_of_file(path) for path in sorted((OURS / "reports" / "templates").iterdir()))


def exercise_fingerprints(tests: Sequence[Path], limits: Limits) -> dict[str, str]:
    """Return for each exercise what its verdicts rest on, but for the answer and the seed, as two hashes."""
    ground = digest([platform.python_version(), *map(version, PACKAGES), engine(), limits])
    return {
        name: f"{ground}:{digest(map(_of_file, files))}" for name, files in files_by_exercise(tests).items()
    }


def private_seed(run_seed: int, student: str, cells: Sequence[CodeCell]) -> int:
    """Return the seed of one submission's inputs, so that no two see the same.

    Whoever prints the inputs that a test drew helps nobody: neither another student nor another notebook of
    their own gets them again. The run's seed is a secret of the output folder; with it, all can be repeated.
    """
    return int(digest([run_seed, student, *(cell.source for cell in cells)])[:15], 16)


def exercise_key(exercise_print: str, seed: int, cells: Sequence[CodeCell]) -> str:
    """Return the key of one exercise's result. All cells that are run count: an answer may use any.

    Its parts are kept apart (versions, tests, inputs, cells): a later run can say which of them changed.
    """
    return f"{exercise_print}:{digest([seed])}:{digest((cell.exercise, cell.source) for cell in cells)}"


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
