"""Checks an exercise again whenever its notebook is saved, in the manner of rustlings."""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from rich.text import Text

from course.errors import CourseError
from course.learner.check_saved import Checker, answers, choose, unreadable
from course.learner.hints import reveal
from course.learner.progress import ALL_SOLVED, Standing, keep_result, next_up, render, standings
from course.learner.reset import reset
from course.learner.terminal_card import card
from course.learner.terminal_text import TerminalMarkdown, with_code
from course.learner.watch_events import keys, saves
from course.learner.watch_screen import Screen, foot
from course.learner.workspace import content_key

if TYPE_CHECKING:
    from rich.console import RenderableType

    from course.learner.workspace import Workspace
    from course.paths import Root


@dataclass(slots=True, kw_only=True)
class Watch:
    """One exercise in focus, and what is known of it."""

    root: Root
    workspace: Workspace
    checker: Checker
    screen: Screen
    focus: str | None = None
    body: RenderableType = ""
    asked: bool = False  #: whether the last key was the first of the two that reset takes
    seen: dict[Path, str] = field(default_factory=dict[Path, str])
    answers: dict[str, str] = field(default_factory=dict[str, str])

    def handle(self, event: str) -> bool:
        """Answer one event; say whether to go on watching."""
        asked, self.asked = self.asked, False
        match event:
            case "saved":
                self.follow()
                self.recheck()
            case "n":
                self.go_on()
            case "h" if self.focus:
                found = reveal(self.focus, self.workspace)
                self.show(TerminalMarkdown(found.told("Press h for the next one.")))
            case "a":
                self.check_all()
            case "l":
                self.show_all()
            case "r" if self.focus:
                self.give_back(asked=asked)
            case "q":
                return False
            case _:
                key = event if event.isprintable() else "that"
                self.show(self.body, note=f"“{key}” does nothing here: the keys are above")
        return True

    def go_on(self) -> None:
        """Put the next unsolved exercise in focus. Never by itself: learners want to look around."""
        rows = standings(self.root, self.workspace)
        names = [row.exercise.name for row in rows]
        here = names.index(self.focus) + 1 if self.focus else 0
        up = next_up((*rows[here:], *rows[:here]))
        self.focus, self.seen = up.exercise.name if up else None, {}
        self.recheck()

    def follow(self) -> None:
        """Put an exercise in focus whose answer was changed; stay where several were, this one among them."""
        before, now = self.answers, answers(self.workspace.notebooks(), self.root)
        self.answers = before | now  # a file that can't be read just now has changed nothing
        changed = [name for name, answer in now.items() if before.get(name) != answer]
        if changed and before and self.focus not in changed:
            self.focus, self.seen = changed[0], {}

    def recheck(self) -> None:
        """Check the focus, unless its notebook holds what it held: JupyterLab saves every two minutes."""
        if not self.focus:
            self.show(Text(ALL_SOLVED))
            return
        try:
            ((path, names),) = choose(self.root, self.workspace, self.focus)
            key = content_key(path.read_bytes(), ".ipynb")
            if self.seen.get(path) == key:
                return
            self.screen.show(Text(f"Checking {self.focus} …"))
            (result,) = self.checker.check(path, names)
        except (CourseError, OSError) as error:  # half written, or put aside while an editor saves
            self.seen = {}
            self.show(with_code(self._trouble(error)))
            return
        self.seen[path] = key
        keep_result(self.workspace, result)
        self.show(card(self._standing(self.focus).exercise, result, hint="`h`"))

    def check_all(self) -> None:
        """Check every notebook as it is saved, then list how all stand."""
        trouble = ""
        for path, _ in choose(self.root, self.workspace, None):
            self.screen.show(Text(f"Checking {path.parent.name} …"))
            try:
                results = self.checker.check(path)
            except (CourseError, OSError) as error:
                trouble = _first_line(error)
                continue
            for result in results:
                keep_result(self.workspace, result)
        self.show_all(note=trouble or "All of it was checked as saved.")

    def give_back(self, *, asked: bool) -> None:
        """Put the blank back, once the key has been pressed twice."""
        assert self.focus
        self.asked = not asked
        if not asked:
            self.show(self.body, note="Press r again for the blank; what you wrote is kept in a file.")
            return
        try:
            kept = reset(self.focus, self.root, self.workspace)
        except CourseError as error:
            self.show(self.body, note=str(error))
            return
        self.recheck()
        said = f"What you wrote is in `{kept.relative_to(self.workspace.path)}`." if kept else "It was blank."
        self.show(self.body, note=f"{said} In JupyterLab: File → Reload Notebook from Disk.")

    def show_all(self, note: str = "") -> None:
        """List all exercises, or the module in focus where the screen has no room for all."""
        rows = standings(self.root, self.workspace)
        listed = render(self.root, rows)
        if self.focus and not self.screen.fits(listed):
            listed = render(self.root, rows, only=self._standing(self.focus).exercise.module)
        self.show(listed, note=note)

    def show(self, body: RenderableType, *, note: str = "") -> None:
        """Show one screen: the body, then where we are and what can be typed."""
        self.body = body
        rows = standings(self.root, self.workspace)
        focus = self._standing(self.focus) if self.focus else None
        width, tty = self.screen.console.width, self.screen.tty
        self.screen.show(body, foot(rows, focus, note=note, width=width, tty=tty))

    def _standing(self, name: str) -> Standing:
        return next(row for row in standings(self.root, self.workspace) if row.exercise.name == name)

    def _trouble(self, error: Exception) -> str:
        assert self.focus
        place = f"{self._standing(self.focus).exercise.module}/exercises.ipynb"
        found = unreadable(self.workspace.path / place)
        return f"`{place}` {found}" if found else _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def run(root: Root, workspace: Workspace) -> None:
    """Watch until q or Ctrl-C."""
    events: SimpleQueue[str] = SimpleQueue()
    stop, tty = threading.Event(), sys.stdin.isatty() and sys.stdout.isatty()
    threading.Thread(target=saves, args=(workspace, events, stop), daemon=True).start()
    with Checker(root) as checker, keys(events) if tty else contextlib.nullcontext():
        watch = Watch(root=root, workspace=workspace, checker=checker, screen=Screen(tty=tty))
        watch.answers = answers(workspace.notebooks(), root)
        watch.go_on()
        try:
            while watch.handle(events.get()):
                pass
        finally:
            stop.set()
