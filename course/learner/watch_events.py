"""Gives `course watch` its events: a notebook that was saved, a key that was pressed."""

from __future__ import annotations

import contextlib
import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from course.learner.workspace import Workspace

SAVED = "saved"
"""The event of a saved notebook; any other is the key that was pressed."""


def saves(workspace: Workspace, events: SimpleQueue[str], stop: threading.Event) -> None:
    """Put an event for each save of an exercise notebook, until told to stop."""
    from watchfiles import watch

    for changes in watch(workspace.path, stop_event=stop, raise_interrupt=False, debounce=200):
        if any(path.endswith("exercises.ipynb") and ".ipynb_checkpoints" not in path for _, path in changes):
            events.put(SAVED)


@contextlib.contextmanager
def keys(events: SimpleQueue[str]) -> Generator[None]:
    """Turn single key presses into events; the terminal is put back as it was, whatever happens."""
    import termios
    import tty

    def read() -> None:
        while key := sys.stdin.read(1):
            events.put(key)

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        threading.Thread(target=read, daemon=True).start()
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
