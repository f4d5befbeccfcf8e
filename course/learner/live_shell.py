"""Gives `check()` what it needs of its kernel: the cells that ran, a second process, a progress line."""

from __future__ import annotations

import atexit
import os
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Self

from course.errors import CourseError

if TYPE_CHECKING:
    from autograder.sandbox.zygote import ZygoteClient


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
    from autograder.sandbox.zygote import ZygoteClient

    # The learner's own code on the learner's own machine: it may use the network, and their keys.
    warm = ZygoteClient(tier=UNISOLATED, environment=os.environ)
    atexit.register(warm.close)
    return warm


class Progress:
    """A line in the cell's output that tells what goes on, and is gone at the end."""

    def __enter__(self) -> Self:
        from IPython.display import HTML, display

        self._handle = display(HTML(""), display_id=True)
        self.say("Starting another process…")
        return self

    def say(self, line: str) -> None:
        """Show what goes on now."""
        from IPython.display import HTML

        if self._handle:
            self._handle.update(HTML(f"<i>{escape(line)}</i>" if line else ""))

    def __exit__(self, *_: object) -> None:
        self.say("")
