"""Prints a thread: drawn, compared, followed, or how it stands."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Set

import click
from rich.console import Console
from rich.text import Text

from timetravel.draw import text
from timetravel.draw.text import Line
from timetravel.draw.text_difference import difference as difference_lines
from timetravel.errors import WrongUse
from timetravel.model import words
from timetravel.model.history import History, Step
from timetravel.model.search import matching
from timetravel.model.values import clean
from timetravel.read.apart import read_history

_LEAST, _MOST = 60, 140  # cells of a line
_PAUSE = 1.0  # seconds between two looks at a thread that is followed
_RECENT = 200  # checkpoints that are looked at again and again


def draw(history: History, depth: int, find: str = "") -> None:
    """Print the drawing; with `find`, only the steps in which the text is."""
    console = _console()
    if not find:
        _print(console, text.drawing(history, _width(console), depth))
        if history.cut:
            _print(console, [(("", ""),), ((words.rest(history), "dim"),)])
        return
    found = matching(history, find)
    hidden = {step.checkpoint_id for _, step in history.walk()} - found
    count = f"{len(found):,} of {len(history.steps):,} checkpoints have `{clean(find)}` in what they changed"
    _print(console, [((count, "dim"),)])
    _print(console, text.steps(history, _width(console), depth, hidden))


def difference(history: History, one: str, other: str) -> None:
    """Print how two states differ."""
    console = _console()
    _print(console, difference_lines(_named(history, one), _named(history, other), _width(console)))


def _named(history: History, name: str) -> Step:
    """A step by its number, on the way to the head where there are several, or by the end of its id."""
    numbered = [step for step in history.steps if str(step.step) == name.replace("−", "-")]
    fit = [step for step in numbered if step.on_path] or numbered
    fit = fit or [step for step in history.steps if step.checkpoint_id.endswith(name.lstrip("…"))]
    if len(fit) == 1 or numbered:
        return fit[-1]
    what = f"{len(fit)} checkpoints end in" if fit else "there is no step, and no end of an id,"
    raise WrongUse(f"{what} `{name}`: give a step's number, or the last characters of a checkpoint's id")


def status(history: History) -> None:
    """Print how a thread stands, on one line: state, step, and what it waits for or failed with."""
    head = history.head
    if head is None:
        click.echo("empty")
        return
    said = [note.text for note in words.notes(head) if note.tone != "note"]
    step = "" if head.step is None else str(head.step)
    click.echo(
        "\t".join([words.stands(head), step, head.created_at[:19].replace("T", " "), clean(" | ".join(said))])
    )


def follow(db: str, history: History, depth: int) -> None:
    """Print what comes, until it is stopped."""
    console = _console()
    shown = {step.checkpoint_id: _open_notes(step) for _, step in history.walk()}
    while True:
        time.sleep(_PAUSE)
        history = read_history(db, history.thread_id, history.namespace, _RECENT)
        lines = [*_later_notes(history, shown), *text.steps(history, _width(console), depth, shown.keys())]
        shown |= {step.checkpoint_id: _open_notes(step) for _, step in history.walk()}
        _print(console, lines)


def _later_notes(history: History, shown: Mapping[str, Set[str]]) -> Iterable[Line]:
    """What became of steps after they were printed: a question that is open by now, an error."""
    for _, step in history.walk():
        for note in sorted(_open_notes(step) - shown.get(step.checkpoint_id, _open_notes(step))):
            yield ((f"…{step.short_id} ", "dim"), (clean(note), "yellow"))


def _open_notes(step: Step) -> frozenset[str]:
    return frozenset(note.text for note in words.notes(step) if note.tone != "note")


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:  # a pipe has no width of its own
        console.width = _MOST
    return console


def _width(console: Console) -> int:
    return min(max(console.width, _LEAST), _MOST)


def _print(console: Console, lines: Iterable[Line]) -> None:
    for line in lines:
        joined = Text.assemble(*line)
        joined.rstrip()
        console.print(joined, soft_wrap=True)
    console.file.flush()
