"""Names the files that grade a module: public tests, hidden tests, and what several of them share.

- `graders/01_basic/test_resume_thread.py`, and `graders/01_basic/common.py`
- `solutions/01_basic/resume_thread/test_hidden.py`
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

COMMON, HIDDEN, PUBLIC = "common.py", "test_hidden.py", "test_"


def exercise_of(path: Path) -> str:
    """Return the name of the exercise that a test file grades."""
    return path.parent.name if path.name == HIDDEN else path.stem.removeprefix(PUBLIC)


def files_by_exercise(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Return, for each exercise, the files that its verdict depends on."""
    common = [path for path in paths if path.name == COMMON]
    found: dict[str, list[Path]] = {}
    for path in paths:
        if path not in common:
            found.setdefault(exercise_of(path), [*common]).append(path)
    return found
