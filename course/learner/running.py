"""Shows what a check is doing, and for how long, while it does it."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from html import escape
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.testing.judge import TestInfo

QUICK_SECONDS = 0.4  #: what takes no longer shows nothing
TICK_SECONDS = 0.2
WARN_SECONDS = 2.0  #: from here on it says when your code is stopped

STYLE = """
.course-running { font: 14px/1.5 system-ui, sans-serif; max-width: 46rem; padding: .5rem 1rem; display: flex;
  align-items: baseline; gap: .6rem; border: 1px solid var(--jp-border-color2, #d5d8dd); border-radius: 8px;
  color: var(--jp-ui-font-color1, #1d2026) }
.course-running span { margin-left: auto; white-space: nowrap; opacity: .8 }
.course-running::before { content: ""; flex: none; width: .6rem; height: .6rem; border-radius: 50%;
  border: 2px solid currentColor; border-right-color: transparent; animation: course-turn 1s linear infinite }
@keyframes course-turn { to { rotate: 1turn } }
@media (prefers-reduced-motion: reduce) { .course-running::before { animation: none } }
"""

FOLLOW = """<script>
(() => {
  const cell = document.currentScript?.closest(".jp-Cell");
  if (!cell) return;
  const waiting = new MutationObserver(() => {
    const card = cell.querySelector(".course-card");
    if (!card) return;
    waiting.disconnect();
    requestAnimationFrame(() => [card, card.querySelector("header")].forEach(
      (part) => part.scrollIntoView({ block: "nearest" })));
  });
  waiting.observe(cell, { childList: true, subtree: true });
})()
</script>"""
"""Brings the card into view. When a cell runs again, its old card goes and nothing moves. The new one then
pushes what is above out of view, since the browser keeps the next cell, which has the focus, where it is."""


class Running:
    """A line in a cell's output that is up to date whatever the cell does, and gone at the end.

    The line has a thread of its own: code that never comes back keeps the kernel's main thread.
    """

    def __init__(self, *, shown: bool) -> None:
        self._is_shown = shown  # a plain terminal has no line that could go again
        self._step, self._limit, self._since = "Opening the tests", 0.0, time.monotonic()
        self._doing = ""
        self._done, self._handle, self._shown = threading.Event(), None, ""
        # The thread answers the same request as this cell: its output belongs there.
        mine = contextvars.copy_context()
        self._thread = threading.Thread(target=mine.run, args=(self._keep_up,), daemon=True)

    def __enter__(self) -> Self:
        if self._is_shown:
            with contextlib.suppress(Exception):
                self._show(FOLLOW)
            self._thread.start()
        return self

    def say(self, step: str, limit: float = 0.0) -> None:
        """Say what goes on from now on.

        Args:
            step: what it is.
            limit: after how many seconds a call of the learner's code is stopped; 0 where none is made.
        """
        self._step, self._limit, self._since, self._doing = step, limit, time.monotonic(), ""

    def test(self, info: TestInfo) -> None:
        """Say which test runs."""
        where = "Killing your process and starting it again" if info.restarts else "Running your code"
        self.say(f"{where}: {info.title}", info.timeout)

    def doing(self, what: str) -> None:
        """Say what the test does now, in its own words. The clock goes on."""
        self._doing = f" · {what}"

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._is_shown:
            self._thread.join()
        if self._handle:
            self._show("")

    def _keep_up(self) -> None:
        wait = QUICK_SECONDS
        while not self._done.wait(wait):
            with contextlib.suppress(Exception):  # a line that can't be shown is no trouble of the learner's
                self._show(self._line())
            wait = TICK_SECONDS

    def _line(self) -> str:
        seconds = time.monotonic() - self._since
        stops = f" · stopped after {self._limit:g} s" if self._limit and seconds > WARN_SECONDS else ""
        clock = f"<span>{seconds:.0f} s{stops}</span>"
        step = escape(self._step + self._doing)
        return f'<style>{STYLE}</style><div class="course-running">{step}{clock}</div>'

    def _show(self, line: str) -> None:
        from IPython.display import HTML, display

        if line == self._shown and self._handle:
            return
        self._shown = line
        if self._handle:
            self._handle.update(HTML(line))
        else:
            self._handle: Any = display(HTML(line), display_id=True)


class TerminalRunning:
    """The same for a terminal: one line that goes again. Where nobody looks, it writes nothing."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False)
        self._status, self._title = self._console.status("Opening the tests"), ""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def test(self, info: TestInfo) -> None:
        """Say which test runs."""
        self._title = info.title
        self.doing("")

    def doing(self, what: str) -> None:
        """Say what the test does now: in place of its title, since both don't fit into a line."""
        from rich.text import Text

        line = Text(what or self._title)
        line.truncate(max(10, self._console.width - 4), overflow="ellipsis")  # it has a spinner in front
        self._status.update(line)
