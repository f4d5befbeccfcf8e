"""Checks an exercise again whenever its notebook is saved, in the manner of rustlings."""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from course.learner.check_saved import Checker, answers, choose, text_of
from course.learner.hints import reveal
from course.learner.progress import ALL_SOLVED, Standing, bar, keep, next_up, render, standings
from course.learner.workspace import content_key

if TYPE_CHECKING:
    from collections.abc import Generator

    from autograder.results.verdicts import ExerciseResult
    from course.learner.workspace import Workspace
    from course.paths import Root

Event = Literal["saved", "n", "h", "l", "q"]
CLEAR = "\x1b[2J\x1b[H"


@dataclass(slots=True, kw_only=True)
class Watch:
    """One exercise in focus, and what is known of it."""

    root: Root
    workspace: Workspace
    checker: Checker
    tty: bool
    focus: Standing | None = None
    result: ExerciseResult | None = None
    seen: dict[Path, str] = field(default_factory=dict[Path, str])
    answers: dict[str, str] = field(default_factory=dict[str, str])

    def handle(self, event: Event) -> bool:
        """Answer one event; say whether to go on watching."""
        match event:
            case "saved":
                self.follow()
                self.recheck()
            case "n":
                self.go_on()
            case "h" if self.focus:
                self.show(reveal(self.focus.exercise.name, self.workspace).text)
            case "l":
                self.show_all()
            case "q":
                return False
            case _:
                pass
        return True

    def go_on(self) -> None:
        """Put the next unsolved exercise in focus. Never by itself: learners want to look around."""
        rows = standings(self.root, self.workspace)
        names = [row.exercise.name for row in rows]
        here = names.index(self.focus.exercise.name) + 1 if self.focus else 0
        self.focus, self.seen = next_up((*rows[here:], *rows[:here])), {}
        self.recheck()

    def follow(self) -> None:
        """Put an exercise in focus whose answer was changed; stay where several were, this one among them."""
        before, self.answers = self.answers, answers(self.workspace.notebooks(), self.root)
        changed = [name for name, answer in self.answers.items() if before.get(name) != answer]
        if changed and before and (not self.focus or self.focus.exercise.name not in changed):
            rows = standings(self.root, self.workspace)
            self.focus, self.seen = next(row for row in rows if row.exercise.name == changed[0]), {}

    def recheck(self) -> None:
        """Check the focus, unless its notebook holds what it held: JupyterLab saves every two minutes."""
        if not self.focus:
            self.show(ALL_SOLVED)
            return
        ((path, names),) = choose(self.root, self.workspace, self.focus.exercise.name)
        key = content_key(path.read_bytes(), ".ipynb")
        if self.seen.get(path) == key:
            return
        self.seen[path] = key
        self.show(f"Checking {names[0]} …", prompt=False)
        (self.result,) = self.checker.check(path, names)
        keep(self.workspace, names[0], self.result.earned, self.result.points)
        self.show(text_of([self.result], self.root))

    def show(self, text: str, *, prompt: bool = True) -> None:
        """Show one screen: the text, then where we are and what can be typed."""
        print(f"{CLEAR if self.tty else ''}{text}\n", flush=True)
        if prompt:
            focus = f"In focus: {self.focus.exercise.name}" if self.focus else "Nothing left in focus"
            print(f"{bar(standings(self.root, self.workspace))}\n{focus} — what you edit and save is checked")
            done = self.result is not None and self.result.earned == self.result.points
            keys = ["n: next" if done else "n: another", "h: hint", "l: list", "q: quit"]
            print(" · ".join(keys) if self.tty else "Ctrl-C ends it", flush=True)

    def show_all(self) -> None:
        """Show the table of all exercises."""
        from rich.console import Console

        print(CLEAR if self.tty else "", end="")
        Console(highlight=False).print(render(self.root, standings(self.root, self.workspace)))


def run(root: Root, workspace: Workspace) -> None:
    """Watch until q or Ctrl-C."""
    events: SimpleQueue[Event] = SimpleQueue()
    stop, tty = threading.Event(), sys.stdin.isatty()
    threading.Thread(target=_saves, args=(workspace, events, stop), daemon=True).start()
    with Checker(root) as checker, _keys(events) if tty else contextlib.nullcontext():
        watch = Watch(root=root, workspace=workspace, checker=checker, tty=tty)
        watch.answers = answers(workspace.notebooks(), root)
        watch.go_on()
        try:
            while watch.handle(events.get()):
                pass
        finally:
            stop.set()


def _saves(workspace: Workspace, events: SimpleQueue[Event], stop: threading.Event) -> None:
    from watchfiles import watch

    for changes in watch(workspace.path, stop_event=stop, raise_interrupt=False, debounce=200):
        if any(path.endswith("exercises.ipynb") and ".ipynb_checkpoints" not in path for _, path in changes):
            events.put("saved")


@contextlib.contextmanager
def _keys(events: SimpleQueue[Event]) -> Generator[None]:
    """Turn single key presses into events; the terminal is put back as it was, whatever happens."""
    import termios
    import tty

    def read() -> None:
        while key := sys.stdin.read(1):
            match key:
                case "n" | "h" | "l" | "q":
                    events.put(key)
                case _:
                    pass

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        threading.Thread(target=read, daemon=True).start()
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
