"""The scripts of a page, on one line; the page reads well without them."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from course.timetravel.data import data, script_json
from course.timetravel.history import History

_BROWSING = ("nodes.js", "compare.js", "draw.js", "browse.js")
_START = "browse(document.currentScript.closest('.lgtl'));"


def tags(history: History) -> str:
    """The data and the script that browses it; nothing where there is nothing to compare."""
    if len(history.steps) < 2:
        return ""
    return (
        f'<script type="application/json" class="lgtl-data">{script_json(data(history))}</script>'
        f"<script>{_inline()}</script>"
    )


def policy() -> str:
    """The content security policy of a page of its own: this one script, and no other."""
    digest = base64.b64encode(hashlib.sha256(_inline().encode()).digest()).decode()
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
    return files("course.timetravel").joinpath("page", name).read_text("utf-8")
