"""Shows what the tests say of an exercise in a terminal, and what to do next there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.counts import counted
from course.learner.card_html import mark
from course.learner.terminal_text import with_code

if TYPE_CHECKING:
    from rich.console import RenderableType

    from autograder.results.verdicts import ExerciseResult, TestResult
    from course.learner.catalogue import CatalogueEntry

COLOURS = {"passed": "green", "not written": "dim"}  #: anything else is red


def card(entry: CatalogueEntry, result: ExerciseResult, *, hint: str) -> Group:
    """Return an exercise's card, as wide as the terminal is.

    Args:
        entry: the exercise.
        result: what the tests say.
        hint: what gives a hint here, as in "`h`".
    """
    head = Table.grid(expand=True, padding=(0, 1))
    head.add_column(ratio=1)
    head.add_column(justify="right", no_wrap=True)
    full = result.earned == result.points
    tally = f"{'Solved: ' if full else ''}{result.earned:g} of {counted(result.points, 'point')}"
    head.add_row(Text(entry.title, "bold"), Text(tally, "bold green" if full else "bold"))
    tests = Table.grid(padding=(0, 1))
    tests.add_column(width=3, justify="right")
    tests.add_column(ratio=1)
    before = ("", *(test.message for test in result.tests))
    for test, (last, _) in zip(result.tests, pairwise((*before, "")), strict=False):
        sign = Text(mark(test), COLOURS.get(test.status, "red"))
        tests.add_row(sign, Group(*_test(test, again=bool(last) and test.message == last)))
    return Group(head, tests, Padding(Group(*_next(entry, result, hint)), (1, 0, 0, 2)))


def _test(test: TestResult, *, again: bool) -> list[RenderableType]:
    """A test's title, its reason, and what the learner's code raised and printed."""
    parts: list[RenderableType] = [with_code(f"{test.title}  ({test.points:g})")]
    if again and test.status != "not written":
        parts.append(Text("The same reason as above.", "dim"))
    elif test.message and not again:
        parts.append(with_code(test.message))
    parts += [Text(line, "dim", overflow="fold") for line in test.traceback.splitlines()]
    if test.printed.strip():
        parts.append(Text("Your code printed:"))
        parts += [Text(f"  {line}", "dim", overflow="fold") for line in test.printed.splitlines()]
    return parts


def _next(entry: CatalogueEntry, result: ExerciseResult, hint: str) -> list[Text]:
    """What to do now, in words that fit a terminal: there's no cell above to run."""
    where = f"`{entry.module}/exercises.ipynb`"
    if result.status == "not written":
        return [with_code(f"Write your answer in {where} and save it.\n{hint} gives a hint.", "dim")]
    if result.earned < result.points:
        return [with_code(f"Change your answer in {where} and save it.\nStuck? {hint} gives a hint.", "dim")]
    said = [with_code("All that can be checked here holds.", "dim")]
    if more := entry.points - result.points:
        asked = " ".join(entry.hidden)
        worth = f"{more:g} more point{'' if more == 1 else 's'}"
        said.append(with_code(f"When it's graded, {worth} can be earned: {asked}".rstrip(": "), "dim"))
    if entry.solution_url:
        said.append(Text(f"The worked answer: {entry.solution_url}", "dim", overflow="fold"))
    return said
