"""The first zygote of a run, begun before anything else of the run is known.

Most of a short run is LangGraph's import. Begun with the command's first line, it goes on beside the
command's own imports, the trial of the walls, and the reading of tests and submissions.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Generator
from contextlib import contextmanager

from autograder.sandbox.limits import Limits
from autograder.sandbox.start import Start, begin
from autograder.sandbox.walls.tiers import Tier


@contextmanager
def head_start(limits: Limits) -> Generator[Start | None]:
    """Begin a zygote where tier A is to be hoped for, and end it.

    A run uses it only if its tier turns out to be the one that it was begun for.
    """
    if platform.system() != "Linux" or not shutil.which("bwrap"):
        yield None
        return
    try:
        start = begin(Tier(name="A"), limits)
    except (OSError, RuntimeError):  # who tries the walls says what is wrong
        yield None
        return
    try:
        yield start
    finally:
        start.close()
