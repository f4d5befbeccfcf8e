"""Draws the list of a database's threads as HTML, with a field that searches as you type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple
from functools import cache
from importlib.resources import files

from timetravel.draw.compare_data import script_json
from timetravel.draw.html import CHIPS, shell, style
from timetravel.draw.markup import escape, tag
from timetravel.model.values import clean
from timetravel.model.words import standing
from timetravel.read.thread import Thread

_SHOWN = 200  # rows at a time; the field finds the rest
_START = "listThreads(document.currentScript.closest('.lgtl'));"


def fragment(threads: Sequence[Thread], where: str) -> str:
    """The list, to be put into a page; without the script it shows the newest threads."""
    count = f"{len(threads):,} thread{'' if len(threads) == 1 else 's'}"
    title = tag("div", f"Threads in <code>{escape(where)}</code>", "lgtl-title") + tag(
        "div", count, "lgtl-sub"
    )
    rows = "".join(_row(one) for one in threads[:_SHOWN])
    parts = [
        f"<style>{style()}</style>",
        tag("div", title, "lgtl-top"),
        f'<div class="lgtl-rows lgtl-list" role="list">{rows}</div>',
        f'<script type="application/json" class="lgtl-data">{script_json(_data(threads))}</script>',
        f"<script>{_inline()}</script>" if threads else "",
    ]
    label = f"Threads in {where}"
    return f'<div class="lgtl" role="region" aria-label="{escape(label)}">{"".join(parts)}</div>'


def page(threads: Sequence[Thread], where: str) -> str:
    """The list as a page of its own."""
    return shell(f"{escape(where)}: threads", fragment(threads, where), _inline())


def _cells(one: Thread) -> tuple[str, ...]:
    """What a row shows: thread, state, its words, checkpoints, step, time, user."""
    thread_id, checkpoints, step, when, status, user = astuple(one)
    moment = str(when)[:19].replace("T", " ")
    number = "" if step is None else str(step).replace("-", "−")
    return (
        clean(thread_id),
        CHIPS[status],
        standing(status),
        f"{checkpoints:,}",
        number,
        clean(moment),
        clean(user),
    )


def _data(threads: Sequence[Thread]) -> list[tuple[str, ...]]:
    return [_cells(one) for one in threads]


def _row(one: Thread) -> str:
    name, tone, state, checkpoints, step, when, user = _cells(one)
    cells = [
        tag("code", escape(name), "lgtl-tid"),
        tag("span", f'<span class="{tone}">{escape(state)}</span>', "lgtl-t"),
        tag("span", f"{checkpoints} checkpoints, step {step}" if step else f"{checkpoints} checkpoints"),
        tag("span", escape(user)),
        tag("span", escape(when)),
    ]
    return f'<div class="lgtl-li" role="listitem">{"".join(cells)}</div>'


@cache
def _inline() -> str:
    source = files("timetravel").joinpath("page", "threads.js").read_text("utf-8")
    bare = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    lines = (line.strip() for line in bare.splitlines())
    return "(()=>{" + " ".join(filter(None, lines)) + f" {_START}" + "})();"
