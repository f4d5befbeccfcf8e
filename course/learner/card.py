"""Draws the card of `check()`: the verdict and reason of each test, and what to try next."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape

from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.submissions.sanitize import sentence, with_code

MARKS = {"passed": "✓", "not written": "○"}  #: anything else is a ✗

STYLE = """
.course-card { --ok: #1a7f37; --bad: #b3261e; --idle: #6b6f76; --line: #d5d8dd; --soft: #f5f6f8;
  color: #1d2026; max-width: 46rem; font: 14px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .3rem 0; background: #fff }
[data-jp-theme-light="false"] .course-card, [data-md-color-scheme="slate"] .course-card {
  --ok: #4cc26b; --bad: #ff8a80; --idle: #9aa0a8; --line: #3c4149; --soft: #23272e;
  color: #e4e6ea; background: #181b20 }
.course-card header { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600 }
.course-card header span { white-space: nowrap; font-variant-numeric: tabular-nums }
.course-card ol { list-style: none; margin: .6rem 0 0 !important; padding: 0 !important }
.course-card li { display: grid; grid-template-columns: 1.4rem 1fr auto; padding: .3rem 0;
  border-top: 1px solid var(--line) }
.course-card li > b { font-weight: 700 }
.course-card .passed > b { color: var(--ok) } .course-card .trouble > b { color: var(--bad) }
.course-card .idle > b { color: var(--idle) }
.course-card li > i { font-style: normal; color: var(--idle); font-variant-numeric: tabular-nums }
.course-card strong { font-weight: 600 } .course-card p { margin: .1rem 0 0 }
.course-card .next { margin-top: .6rem; color: var(--idle) }
.course-card .next a { color: inherit; text-decoration: underline }
.course-card pre { margin: .3rem 0 0 !important; padding: .4rem .6rem !important; color: inherit;
  background: var(--soft) !important;
  font-size: 12px; white-space: pre-wrap; border-radius: 4px }
.course-card code { background: var(--soft); padding: 0 .2em; border-radius: 3px; color: inherit }
"""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Card:
    """What `check()` returns. Its `repr` is the bare score, which nbgrader reads as the grade.

    Where the hidden tests are not at hand, the score is what the public ones earn, scaled to the points of
    the whole exercise: so `nbgrader validate` says that all is well when all that it can see is.
    """

    title: str
    result: ExerciseResult | None = None
    points: float = 0  #: of the whole exercise
    next: str = ""  #: what to try next, in one sentence; `code` in backticks
    link: str = ""  #: where the worked answer stands; shown after full marks
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Points, on the scale of the whole exercise."""
        if self.result is None or not self.result.points:
            return 0.0
        return round(self.points * self.result.earned / self.result.points, 2)

    @property
    def tally(self) -> str:
        """What was earned, of what could be."""
        return f"{self.result.earned:g} of {self.result.points:g} points" if self.result else ""

    def __repr__(self) -> str:
        return f"{self.score:g}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html(), "text/markdown": self.markdown()}

    def _reasons(self) -> list[tuple[TestResult, str]]:
        """Pair each test with its reason; what the test before it was told is not told again in full."""
        tests = self.result.tests if self.result else ()
        before = ("", *(test.message for test in tests))
        return [
            (test, _again(test) if test.message == last else test.message)
            for test, last in zip(tests, before, strict=False)
        ]

    def text(self) -> str:
        """Return the card for a terminal."""
        lines = [f"{self.title}  {self.tally}".rstrip()]
        for test, why in self._reasons():
            lines += _wrapped(f"{_mark(test)} {test.title}  ({test.points:g})", "  ", "    ")
            lines += _wrapped(why, " " * 6)
            printed = ["your code printed:", *test.printed.splitlines()] if test.printed.strip() else []
            lines += [f"      {line}" for line in (*test.traceback.splitlines(), *printed)]
        for line in (*self.notes, self.next):
            lines += _wrapped(line, "  ")
        return "\n".join([*lines, f"  {self.link}" if self.link else ""]).rstrip()

    def markdown(self) -> str:
        """Return the card as Markdown, for what shows no HTML."""
        lines = [f"**{self.title}** {self.tally}", ""]
        tests = self._reasons()
        lines += [f"- {_mark(t)} {t.title} ({t.points:g})  \n  {why}".rstrip() for t, why in tests]
        return "\n".join([*lines, "", *self.notes, self.next, self.link]).rstrip() + "\n"

    def html(self) -> str:
        """Return the card as HTML that carries its style with it; everything in it is escaped."""
        tests = "".join(_item(test, why) for test, why in self._reasons())
        after: list[str] = [with_code(line) for line in (*self.notes, self.next) if line]
        if self.link:
            after.append(f'<a href="{escape(self.link)}" target="_blank">Compare with the worked answer</a>')
        foot = "".join(f'<p class="next">{line}</p>' for line in after)
        head = f"<header>{escape(self.title)}<span>{escape(self.tally)}</span></header>"
        body = f"{head}{f'<ol>{tests}</ol>' if tests else ''}{foot}"
        return f'<style>{STYLE}</style><div class="course-card">{body}</div>'


def _again(test: TestResult) -> str:
    return "the same as above" if test.message and test.status != "not written" else ""


def _wrapped(text: str, first: str, later: str | None = None) -> list[str]:
    """Break text for a terminal of 80 columns."""
    after = first if later is None else later
    return textwrap.wrap(text, 79, initial_indent=first, subsequent_indent=after, break_long_words=False)


def _mark(test: TestResult) -> str:
    return MARKS.get(test.status, "✗")


def _item(test: TestResult, why: str) -> str:
    kind = {"passed": "passed", "not written": "idle"}.get(test.status, "trouble")
    reason = f"<p>{sentence(why)}</p>" if why else ""
    trace = f"<pre>{escape(test.traceback)}</pre>" if test.traceback else ""
    if test.printed.strip():
        trace += f"<p>Your code printed:</p><pre>{escape(test.printed.strip())}</pre>"
    label = f'<b aria-label="{escape(test.status)}">{_mark(test)}</b>'
    what = f"<div><strong>{with_code(test.title)}</strong>{reason}{trace}</div>"
    return f'<li class="{kind}">{label}{what}<i>{test.points:g}</i></li>'
