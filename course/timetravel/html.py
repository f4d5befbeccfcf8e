"""Draws a history as HTML: one fragment with its own style sheet and script, nothing from elsewhere.

It reads well without the script, which notebooks that are not trusted drop. It is one line: a blank line or
an indented one would end the HTML where a site prints it into Markdown. Everything that comes from a thread
passes `escape`, or `script_json` where the script reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from course.timetravel import lanes, script, words
from course.timetravel.body import body, budget
from course.timetravel.history import History, State, Step
from course.timetravel.lanes import Row
from course.timetravel.markup import escape, tag
from course.timetravel.rails import rails

_PAGE = (
    ":root{color-scheme:light dark}.lgtl.lgtl{margin:0 auto}"
    "body{margin:0;padding:min(3vw,32px);background:light-dark(#eef0f3,#0d0f12)}"
)
_MANY = 120  # rows; from there on a browser lays out only what is in sight
_SOURCES = {"input": " in", "update": " up", "fork": " fo"}
_CHIPS: dict[State, str] = {
    "past": "",
    "finished": "good",
    "pending": "wait",
    "half-committed": "wait",
    "waiting": "wait",
    "failed": "bad",
}
_LEGEND = (("head", "head: the thread is here"), ("", "led to the head"), ("off", "left behind by a fork"))


def fragment(history: History, live: str = "") -> str:
    """The timeline, to be put into a page; `live` is the name by which a widget finds it there."""
    laid = lanes.rows(history)
    many = " lgtl-many" if len(laid) > _MANY else ""
    label = f"Timeline of thread {history.thread_id}"
    parts = [
        f"<style>{style()}</style>",
        tag("div", _title(history), "lgtl-top"),
        f'<div class="lgtl-rows{many}" role="list">{"".join(_rows(history, laid))}</div>' if laid else "",
        _legend() if history.branches > 1 else "",
        script.tags(history),
    ]
    named = f' data-live="{escape(live)}"' if live else ""
    look = f'style="--n:{lanes.width(laid)}"{named}'
    opening = f'<div class="lgtl" role="region" aria-label="{escape(label)}" {look}>'
    return f"{opening}{''.join(parts)}</div>"


def page(history: History) -> str:
    """The timeline as a page of its own."""
    title = f"{escape(history.thread_id)}: timeline"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{script.policy()}">'
        f"<title>{title}</title><style>{_PAGE}</style></head>"
        f"<body><main>{fragment(history)}</main></body></html>\n"
    )


@cache
def style() -> str:
    """The style sheet on one line, with the root's name put in."""
    source = files("course.timetravel").joinpath("page", "timeline.css").read_text("utf-8")
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*|\s*([{};])\s*", r"\1", bare).replace("&", ".lgtl.lgtl").strip()


def _title(history: History) -> str:
    place = f" in {escape(history.where)}" if history.where else ""
    lines = [tag("div", f"Thread <code>{escape(history.thread_id)}</code>{place}", "lgtl-title")]
    if history.namespace:
        lines.append(tag("div", f"subgraph <code>{escape(history.namespace)}</code>", "lgtl-sub"))
    lines.append(tag("div", escape(words.headline(history) if history.steps else words.EMPTY), "lgtl-sub"))
    return "".join(lines)


def _legend() -> str:
    items = (f'<span><b class="c0 {kind}" aria-hidden="true"></b>{text}</span>' for kind, text in _LEGEND)
    return tag("div", "".join(items), "lgtl-foot")


def _rows(history: History, laid: tuple[Row, ...]) -> Iterator[str]:
    limit, width = budget(history), lanes.width(laid)
    for row in laid:
        inner = f"<summary>{_summary(row.step)}</summary>{body(history, row.step, limit)}"
        yield (
            f'<div class="lgtl-r" role="listitem">'
            f'<div class="lgtl-g" aria-hidden="true">{rails(row, width)}</div>'
            f"<details>{inner}</details></div>"
        )


def _summary(step: Step) -> str:
    changed = words.summary(step, 96)
    none = " none" if not step.changes and step.given is None else ""
    cells = [
        tag("span", f'<span class="lgtl-vh">Step </span>{_number(step)}', "lgtl-n"),
        tag("span", escape(step.source), f"lgtl-s{_SOURCES.get(step.source, '')}"),
        tag("span", escape(words.names(step.nodes)), "lgtl-w"),
        tag("span", escape(changed), f"lgtl-c{none}"),
        tag("span", _chips(step), "lgtl-t"),
        tag("span", f"…{escape(step.short_id)}", "lgtl-id"),
        *(tag("span", escape(note.text), f"lgtl-q {note.tone}") for note in words.notes(step)),
    ]
    return " ".join(cells)


def _number(step: Step) -> str:
    return "" if step.step is None else str(step.step).replace("-", "−")


def _chips(step: Step) -> str:
    head = '<span class="hd">head</span>' if step.head else ""
    state = words.stands(step)
    return head + (f'<span class="{_CHIPS[step.state]}">{state}</span>' if state else "")
