"""Finds text in what a step changed, who wrote it, and what its metadata says."""

from __future__ import annotations

from collections.abc import Iterator

from timetravel.model.history import History, Step
from timetravel.model.values import full
from timetravel.model.words import notes


def matching(history: History, text: str) -> set[str]:
    """The ids of the steps, those of subgraphs among them, that have the text; case does not matter."""
    sought = text.casefold()
    return {
        step.checkpoint_id
        for _, step in history.walk()
        if any(sought in part.casefold() for part in _parts(step))
    }


def _parts(step: Step) -> Iterator[str]:
    """Only what a step changed: a value that stays would find every later step, too."""
    yield from (step.checkpoint_id, step.source, *step.nodes, *step.next)
    yield from (note.text for note in notes(step))
    yield full(step.metadata)
    if step.given is not None:
        yield full(step.given)
    if step.changes is None:
        yield full(step.values)
    for change in step.changes or ():
        yield change.channel
        for value in change.edit.added if change.edit else (change.after,):
            yield full(value)
