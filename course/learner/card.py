"""Says what `check()` found, in three forms: each test's verdict and reason, and what comes next."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.counts import counted
from course.learner.card_html import html, mark

if TYPE_CHECKING:
    from autograder.results.verdicts import ExerciseResult, TestResult
    from course.learner.success import Success


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Card:
    """What `check()` returns. Its `repr` is the bare score, which nbgrader reads as the grade.

    Where the hidden tests are not at hand, the score is what the public ones earn, scaled to the points of
    the whole exercise: so `nbgrader validate` says that all is well when all that it can see is.
    """

    title: str
    result: ExerciseResult | None = None
    points: float = 0  #: of the whole exercise
    first: str = ""  #: why nothing was tested, where that is so: the only thing that matters then
    next: str = ""  #: what to try next, in one sentence; `code` in backticks
    notes: tuple[str, ...] = ()
    success: Success | None = None  #: what is shown once every test has passed, and not before

    @property
    def score(self) -> float:
        """Points, on the scale of the whole exercise."""
        if self.result is None or not self.result.points:
            return 0.0
        return round(self.points * self.result.earned / self.result.points, 2)

    @property
    def tally(self) -> str:
        """What was earned, of what could be."""
        return f"{self.result.earned:g} of {counted(self.result.points, 'point')}" if self.result else ""

    def __repr__(self) -> str:
        return f"{self.score:g}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html(), "text/markdown": self.markdown()}

    def reasons(self) -> list[tuple[TestResult, str]]:
        """Pair each test with its reason; what the test before it was told is not told again in full."""
        tests = self.result.tests if self.result else ()
        before = ("", *(test.message for test in tests))
        return [
            (test, _again(test) if test.message == last else test.message)
            for test, last in zip(tests, before, strict=False)
        ]

    def text(self) -> str:
        """Return the card for a terminal."""
        solved = "✓ Solved: " if self.success else ""
        lines = [f"{solved}{self.title}  {self.tally}".rstrip()]
        lines += _wrapped(self.first, "  ")
        for test, why in self.reasons():
            lines += _wrapped(f"{mark(test)} {test.title}  ({test.points:g})", "  ", "    ")
            lines += _wrapped(why, " " * 6)
            printed = ["your code printed:", *test.printed.splitlines()] if test.printed.strip() else []
            lines += [f"      {line}" for line in (*test.traceback.splitlines(), *printed)]
        for line in (*self.notes, self.next, self.success.answer if self.success else ""):
            lines += _wrapped(line, "  ")
        return "\n".join(lines)

    def markdown(self) -> str:
        """Return the card as Markdown, for what shows no HTML."""
        solved = "✓ Solved · " if self.success else ""
        lines = [f"**{self.title}** {solved}{self.tally}".rstrip(), "", *([self.first] if self.first else ())]
        lines += [f"- {mark(t)} {t.title} ({t.points:g})  \n  {why}".rstrip() for t, why in self.reasons()]
        after = (*self.notes, self.next, self.success.markdown() if self.success else "")
        return "\n".join([*lines, "", *(line for line in after if line)]).rstrip() + "\n"

    def html(self) -> str:
        """Return the card as HTML that carries its style with it; everything in it is escaped."""
        return html(
            title=self.title,
            tally=self.tally,
            first=self.first,
            reasons=self.reasons(),
            after=(*self.notes, self.next),
            won=self.success,
        )


def _again(test: TestResult) -> str:
    return "the same as above" if test.message and test.status != "not written" else ""


def _wrapped(text: str, first: str, later: str | None = None) -> list[str]:
    """Break text for a terminal of 80 columns."""
    after = first if later is None else later
    return textwrap.wrap(text, 79, initial_indent=first, subsequent_indent=after, break_long_words=False)
