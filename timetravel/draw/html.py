"""Draws a history as one HTML fragment with its own style sheet and script.

It reads well without the script, which notebooks that are not trusted drop. It is one line: a blank line or
an indented one would end the HTML where a site prints it into Markdown. Everything that comes from a thread
passes `escape`, or `script_json` where the script reads it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from timetravel.draw import lanes
from timetravel.draw.body import body, budget
from timetravel.draw.compare_data import data, script_json
from timetravel.draw.lanes import LaneRow, rails
from timetravel.draw.markup import escape, tag
from timetravel.model import words
from timetravel.model.history import History, State, Step

_PAGE = (
    ":root{color-scheme:light dark}.lgtl.lgtl{margin:0 auto}"
    "body{margin:0;padding:min(3vw,32px);background:light-dark(#eef0f3,#0d0f12)}"
)
_MANY = 120  # rows; from there on a browser lays out only what is in sight
_SOURCES = {"input": " in", "update": " up", "fork": " fo"}
CHIPS: dict[State, str] = {
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
        f'<div class="lgtl-rows{many}" role="list">{"".join(_rows(history, laid, budget(history)))}</div>'
        if laid
        else "",
        _legend() if history.branches > 1 else "",
        tags(history),
    ]
    named = f' data-live="{escape(live)}"' if live else ""
    look = f'style="--n:{lanes.width(laid)}"{named}'
    opening = f'<div class="lgtl" role="region" aria-label="{escape(label)}" {look}>'
    return f"{opening}{''.join(parts)}</div>"


def page(history: History) -> str:
    """The timeline as a page of its own."""
    return shell(f"{escape(history.thread_id)}: timeline", fragment(history), _inline())


def shell(title: str, inside: str, script: str) -> str:
    """A page around a fragment, with a security policy that lets this one script run."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        f"<title>{title}</title><style>{_PAGE}</style></head>"
        f"<body><main>{inside}</main></body></html>\n"
    )


@cache
def style() -> str:
    """The style sheet on one line, with the root's name put in."""
    source = files("timetravel").joinpath("page", "timeline.css").read_text("utf-8")
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*|\s*([{};])\s*", r"\1", bare).replace("&", ".lgtl.lgtl").strip()


def _title(history: History) -> str:
    place = f" in {escape(history.where)}" if history.where else ""
    lines = [tag("div", f"Thread <code>{escape(history.thread_id)}</code>{place}", "lgtl-title")]
    if history.namespace:
        lines.append(tag("div", f"subgraph <code>{escape(history.namespace)}</code>", "lgtl-sub"))
    told = (words.headline(history) if history.steps else words.EMPTY, words.rest(history))
    lines += [tag("div", escape(line), "lgtl-sub") for line in told if line]
    return "".join(lines)


def _legend() -> str:
    items = (f'<span><b class="c0 {kind}" aria-hidden="true"></b>{text}</span>' for kind, text in _LEGEND)
    return tag("div", "".join(items), "lgtl-foot")


def _rows(history: History, laid: tuple[LaneRow, ...], limit: int) -> Iterator[str]:
    width = lanes.width(laid)
    for row in laid:
        inside = f"<summary>{_summary(row.step)}</summary>{body(history, row.step, limit)}"
        inner = "".join(_subgraph(one, limit) for one in history.inner.get(row.step.checkpoint_id, ()))
        yield (
            f'<div class="lgtl-r" role="listitem">'
            f'<div class="lgtl-g" aria-hidden="true">{rails(row, width)}</div>'
            f"<details>{inside}</details>{tag('div', inner, 'lgtl-in') if inner else ''}</div>"
        )


def _subgraph(inner: History, limit: int) -> str:
    """What a subgraph did in a step: closed, so that the thread's own run is seen first."""
    laid = lanes.rows(inner)
    rows = f'<div role="list">{"".join(_rows(inner, laid, limit))}</div>'
    summary = f"<summary>{escape(words.subgraph(inner))}</summary>"
    look = f'class="lgtl-ns" data-ns="{escape(inner.namespace)}" style="--n:{lanes.width(laid)}"'
    return f"<details {look}>{summary}{rows}</details>"


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
    return head + (f'<span class="{CHIPS[step.state]}">{state}</span>' if state else "")


_BROWSING = ("nodes.js", "compare.js", "draw.js", "find.js", "browse.js")
_START = "browseSoon(document.currentScript.closest('.lgtl'));"


def tags(history: History) -> str:
    """The data and the script that browses it; nothing where there is nothing to compare."""
    if sum(1 for _ in history.walk()) < 2:
        return ""
    return (
        f'<script type="application/json" class="lgtl-data">{script_json(data(history))}</script>'
        f"<script>{_inline()}</script>"
    )


def policy(script: str) -> str:
    """The content security policy of a page of its own: this one script, and no other."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


@cache
def module(last: str) -> str:
    """The browsing scripts and one more, as a module for a widget."""
    return "\n".join(_read(name) for name in (*_BROWSING, last))


@cache
def _inline() -> str:
    source = "\n".join(_read(name) for name in _BROWSING)
    bare = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    lines = (line.strip() for line in bare.splitlines())
    return "(()=>{" + " ".join(filter(None, lines)) + f" {_START}" + "})();"


def _read(name: str) -> str:
    return files("timetravel").joinpath("page", name).read_text("utf-8")
