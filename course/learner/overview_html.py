"""Draws the overview as HTML that carries its style with it, light and dark."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from course.learner.progress import Standing, counts
from course.learner.success import ALL_DONE

if TYPE_CHECKING:
    from course.learner.place import ModuleRow, Place
    from course.learner.success import Link

STYLE = """
.course-map { --ok: #1a7f37; --half: #9a6700; --idle: #5f6570; --line: #d5d8dd; --link: #0b5cad;
  --go: #1a7f37; color: #1d2026; background: #fff; max-width: 55rem; font: 14px/1.5 system-ui, sans-serif;
  border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .3rem 0 }
[data-jp-theme-light="false"] .course-map { --ok: #4cc26b; --half: #e3b341; --idle: #9aa0a8; --line: #3c4149;
  --link: #7ab8ff; --go: #2a7d3f; color: #e4e6ea; background: #181b20 }
.course-map a { color: var(--link) !important; text-decoration: underline }
.course-map small { color: var(--idle); font-size: 13px }
.course-map .begin { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .8rem; margin: 0 }
.course-map .begin a:first-of-type { background: var(--go); color: #fff !important; padding: .35rem .9rem;
  border-radius: 6px; font-weight: 600; text-decoration: none }
.course-map .begin .count { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums }
.course-map .count i { display: inline-block; width: 7rem; height: .5rem; margin-right: .6rem;
  border-radius: 1rem; background: linear-gradient(var(--ok) 0 0) 0 / var(--done) 100% no-repeat var(--line) }
.course-map ol { list-style: none; margin: .8rem 0 0 !important; padding: 0 !important }
.course-map li { display: grid;
  grid-template-columns: 1.3rem minmax(8rem, 1fr) 6.3rem 10.6rem 10.4rem 3rem;
  gap: 0 .7rem; align-items: baseline; padding: .35rem 0; border-top: 1px solid var(--line) }
.course-map li > b { color: var(--idle); font-weight: 400 }
.course-map small { white-space: nowrap }
.course-map .marks a { color: var(--idle) !important; text-decoration: none; padding: .1rem .15rem }
.course-map .marks a.solved { color: var(--ok) !important }
.course-map .marks a.tried { color: var(--half) !important }
.course-map li > span:last-child { text-align: right; font-variant-numeric: tabular-nums }
.course-map p.foot { margin: .6rem 0 0; color: var(--idle); font-size: 13px }
@media (max-width: 60rem) { .course-map li { grid-template-columns: 1.3rem 1fr auto auto }
  .course-map li > .marks { grid-column: 2 / span 2 } }
"""


def html(place: Place, foot: str) -> str:
    """Return the overview, with a line of small print below it; everything in it is escaped."""
    onward = " ".join(_link(link) for link in place.onward) or f"<strong>{ALL_DONE}</strong>"
    done = 100 * place.solved / place.total if place.total else 0
    count = f'<i style="--done: {done:.0f}%"></i>{place.solved} of {place.total} solved'
    rows = "".join(map(_row, place.modules))
    return (
        f'<style>{STYLE}</style><div class="course-map"><div class="begin">{onward}'
        f'<span class="count">{count}</span></div><ol>{rows}</ol><p class="foot">{escape(foot)}</p></div>'
    )


def _row(row: ModuleRow) -> str:
    done, total = counts(row.rows)
    exercises = replace(row.exercises, about=row.about)
    return (
        f"<li><b>{row.number}</b><strong>{escape(row.title)}</strong>"
        f"<span>{_link(row.lesson)}</span><span>{_link(exercises)}</span>"
        f'<span class="marks">{"".join(_mark(*step, starred=row.starred) for step in row.steps)}</span>'
        f"<span>{done} of {total}</span></li>"
    )


def _mark(standing: Standing, href: str, *, starred: frozenset[str]) -> str:
    kind = "solved" if standing.solved else "tried" if standing.tried else "open"
    path = standing.exercise.name in starred
    # A dot is too small for a click.
    shown = {"✓": "★", "·": "☆"} if path else {"·": "○"}
    mark = shown.get(standing.mark, standing.mark)
    asked = "a question in words" if standing.exercise.manual else kind
    said = escape(f"{standing.exercise.title}: {asked}{', on the core path' * path}")
    return f'<a class="{kind}" href="{escape(href)}" title="{said}" aria-label="{said}">{mark}</a>'


def _link(link: Link) -> str:
    about = f" <small>{escape(link.about.replace('minutes', 'min'))}</small>" if link.about else ""
    label = escape(link.label)
    shown = f'<a href="{escape(link.href)}">{label}</a>' if link.href else f"<strong>{label}</strong>"
    return f"{escape(link.lead)} {shown}{about}".strip()
