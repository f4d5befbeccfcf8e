"""Makes the card of a verdict: what to try next, and what is shown after success."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from course.learner.card import Card
from course.paths import Root

if TYPE_CHECKING:
    from autograder.results.verdicts import ExerciseResult
    from course.learner.catalogue import CatalogueEntry


def conclude(
    entry: CatalogueEntry,
    result: ExerciseResult,
    notes: tuple[str, ...] = (),
    here: Path | None = None,
) -> Card:
    """Record the score and return the card.

    Args:
        entry: the exercise.
        result: the verdicts of its public tests.
        notes: what else the learner should know.
        here: the folder of the notebook that shows the card; a terminal needs no links.
    """
    from course.learner.progress import record
    from course.learner.success import success

    record(entry.name, result.earned, result.points)
    card = partial(Card, title=entry.title, result=result, points=entry.points, notes=notes)
    if result.status == "passed":
        won = success(Root.find(), entry, here or Path.cwd())
        return card(next=_unseen(entry, result), success=won)
    hint = f'`hint("{entry.name}")`'
    if result.status == "not written":
        return card(next=f"Write the cell above, run it, and check again. {hint} helps.")
    return card(next=f"Fix it, run the cell, and check again. Stuck? {hint}")


def _unseen(entry: CatalogueEntry, result: ExerciseResult) -> str:
    """Say what else is graded: "all tests passed" misleads where others haven't been run."""
    more = entry.points - result.points
    if more <= 0:
        return ""
    asked = " ".join(entry.hidden)
    return f"Also graded, for {more:g} more point{'' if more == 1 else 's'}: {asked}".rstrip(": ")
