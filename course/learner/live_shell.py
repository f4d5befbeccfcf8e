"""Gives `check()` what it needs of its kernel: the cells that ran, the notebook, a second process."""

from __future__ import annotations

import atexit
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError

if TYPE_CHECKING:
    from autograder.sandbox.zygote_client import ZygoteClient


def shell() -> Any:  # noqa: ANN401 — IPython's shell has no types
    """Return the shell of this kernel.

    Raises:
        CourseError: there is none: this is a script or a plain interpreter.
    """
    from IPython.core.getipython import get_ipython

    found = get_ipython()
    if found is None:
        raise CourseError("`check` looks at a notebook's names; from a terminal use `course check NAME`")
    return found


def cells_run(of: Any) -> list[str]:  # noqa: ANN401 — a shell
    """Return the cells as they were run: not the saved file, which may be older or newer."""
    return list(of.history_manager.input_hist_parsed)


@cache
def zygote() -> ZygoteClient:
    """Return the warm process for what must be killed; it imports LangGraph in the background."""
    from autograder.sandbox.walls.tiers import UNISOLATED
    from autograder.sandbox.zygote_client import ZygoteClient

    # The learner's own code on the learner's own machine: it may use the network, and their keys.
    warm = ZygoteClient(tier=UNISOLATED, environment=os.environ)
    atexit.register(warm.close)
    return warm


def notebook() -> Path | None:
    """Return the file of the notebook whose kernel this is, where that's known."""
    # Jupyter's server sets it when it starts a kernel for a notebook; others don't.
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))
    return session if session.is_absolute() else None
