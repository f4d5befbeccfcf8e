"""Draws cards as HTML that carries its style with it, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from autograder.submissions.sanitize import sentence, with_code
from course.learner.success import ALL_DONE, NO_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.results.verdicts import TestResult
    from course.learner.success import Link, Success, Worked

MARKS = {"passed": "✓", "not written": "○"}  #: anything else is a ✗

STYLE = """
.course-card { --ok: #1a7f37; --okay: #e7f5ea; --bad: #b3261e; --idle: #5f6570; --line: #d5d8dd;
  --soft: #f5f6f8; --link: #0b5cad; color: #1d2026; max-width: 46rem;
  font: 14px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem;
  margin: .3rem 0; background: #fff }
[data-jp-theme-light="false"] .course-card, [data-md-color-scheme="slate"] .course-card {
  --ok: #4cc26b; --okay: #16301d; --bad: #ff8a80; --idle: #9aa0a8; --line: #3c4149; --soft: #23272e;
  --link: #7ab8ff; color: #e4e6ea; background: #181b20 }
.course-card header { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600 }
.course-card header span { white-space: nowrap; font-variant-numeric: tabular-nums }
.course-card.solved { border-color: var(--ok); overflow: hidden }
.course-card.solved header { margin: -.8rem -1rem 0; padding: .6rem 1rem; background: var(--okay) }
.course-card.solved header b { color: var(--ok); margin-right: .5rem }
.course-card.held { border-left: 4px solid var(--bad) }
.course-card ol { list-style: none; margin: .6rem 0 0 !important; padding: 0 !important }
.course-card li { display: grid; grid-template-columns: 1.4rem 1fr auto; padding: .3rem 0;
  border-top: 1px solid var(--line) }
.course-card.solved li:first-child { border-top: 0 }
.course-card li > b { font-weight: 700 }
.course-card .passed > b { color: var(--ok) } .course-card .trouble > b { color: var(--bad) }
.course-card .idle > b { color: var(--idle) }
.course-card li > i { font-style: normal; color: var(--idle); font-variant-numeric: tabular-nums }
.course-card strong { font-weight: 600 } .course-card p { margin: .1rem 0 0 }
.course-card .first { margin-top: .5rem }
.course-card .next { margin-top: .6rem; color: var(--idle) }
.course-card a { color: var(--link) !important; text-decoration: underline }
.course-card pre { margin: .3rem 0 0 !important; padding: .4rem .6rem !important; color: inherit;
  background: var(--soft) !important;
  font-size: 12px; white-space: pre-wrap; border-radius: 4px }
.course-card code { background: var(--soft); padding: 0 .2em; border-radius: 3px; color: inherit }
.course-card pre code { padding: 0 !important; background: none !important; font-size: 12px }
.course-card details pre, .course-card details code {
  white-space: pre !important; word-break: normal; overflow-wrap: normal; overflow-x: auto }
.course-card summary { cursor: pointer; margin-top: .6rem; color: var(--link) }
.course-card .onward { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem 1rem;
  margin-top: .7rem; padding-top: .6rem; border-top: 1px solid var(--line) }
.course-card .onward small { color: var(--idle); font-size: 13px }
.course-card .onward .count { margin-left: auto; white-space: nowrap; font-variant-numeric: tabular-nums }
.course-card .count i { display: inline-block; width: 6rem; height: .45rem; margin-right: .5rem;
  border-radius: 1rem; background: linear-gradient(var(--ok) 0 0) 0 / var(--done) 100% no-repeat var(--line) }
"""


def mark(test: TestResult) -> str:
    """Return the sign of a verdict."""
    return MARKS.get(test.status, "✗")


def html(
    *,
    title: str,
    tally: str,
    first: str,
    reasons: Sequence[tuple[TestResult, str]],
    after: Sequence[str],
    won: Success | None,
) -> str:
    """Return a card; everything in it is escaped. The arguments are what `Card` has."""
    head = f"<b>✓ Solved</b>{escape(title)}" if won else escape(title)
    tests = "".join(_item(test, why) for test, why in reasons)
    body = (
        f"<header><div>{head}</div><span>{escape(tally)}</span></header>",
        f'<p class="first">{with_code(first)}</p>' if first else "",
        f"<ol>{tests}</ol>" if tests else "",
        *(f'<p class="next">{with_code(line)}</p>' for line in after if line),
        _won(won) if won else "",
    )
    kind = " solved" if won else " held" if first else ""
    return f'<style>{STYLE}</style><div class="course-card{kind}">{"".join(body)}</div>'


def _won(won: Success) -> str:
    links = "".join(f"<span>{_link(link)}</span>" for link in won.onward)
    share = f'<i style="--done: {100 * won.solved / won.total:.0f}%"></i>' if won.total else ""
    count = f'<span class="count">{share}{escape(won.count)}</span>' if won.count else ""
    done = f"<span>{ALL_DONE}</span>" if won.finished else ""
    onward = f'<div class="onward">{links}{done}{count}</div>' if links or done or count else ""
    return (_worked(won.worked) if won.worked else "") + onward


def _link(link: Link) -> str:
    about = f" <small>{escape(link.about)}</small>" if link.about else ""
    return f'{escape(link.lead)} <a href="{escape(link.href)}">{escape(link.label)}</a>{about}'


def _worked(worked: Worked) -> str:
    """The worked answer in place; else where the site has it; else that there is none here."""
    if worked.source:
        code = f"<pre><code>{escape(worked.source)}</code></pre>"
        return f"<details><summary>Compare with the worked answer</summary>{code}</details>"
    if worked.url:
        address = f'<a href="{escape(worked.url)}" target="_blank">Compare with the worked answer</a>'
        return f'<p class="next">{address} on the course site.</p>'
    return f'<p class="next">{NO_ANSWERS}</p>'


def _item(test: TestResult, why: str) -> str:
    kind = {"passed": "passed", "not written": "idle"}.get(test.status, "trouble")
    reason = f"<p>{sentence(why)}</p>" if why else ""
    trace = f"<pre>{escape(test.traceback)}</pre>" if test.traceback else ""
    if test.printed.strip():
        trace += f"<p>Your code printed:</p><pre>{escape(test.printed.strip())}</pre>"
    label = f'<b aria-label="{escape(test.status)}">{mark(test)}</b>'
    what = f"<div><strong>{with_code(test.title)}</strong>{reason}{trace}</div>"
    return f'<li class="{kind}">{label}{what}<i>{test.points:g}</i></li>'
