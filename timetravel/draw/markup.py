"""Escapes untrusted text for HTML, on one line."""

from __future__ import annotations

from html import escape as _escape

from timetravel.model import words
from timetravel.model.values import clean


def escape(text: str) -> str:
    """Escape text for HTML, in an element or an attribute; a line's end becomes a character reference."""
    return _escape(clean(text, keep="\n"), quote=True).replace("\n", "&#10;")


def tag(name: str, inner: str, classes: str = "") -> str:
    """An element around HTML that is already escaped."""
    attribute = f' class="{classes}"' if classes else ""
    return f"<{name}{attribute}>{inner}</{name}>"


def entry(name: str, note: str, inner: str, *, safe_note: bool = False) -> str:
    """One line of a section: a name with a note below it, and what there is to say about it."""
    by = tag("span", note if safe_note else escape(note), "lgtl-by") if note else ""
    return tag(
        "div", f"<div><code>{escape(words.channel(name))}</code>{by}</div><div>{inner}</div>", "lgtl-k"
    )


def pre(text: str) -> str:
    """Text as it is, over its own lines."""
    reach = ' tabindex="0"' if text.count("\n") > 15 else ""  # what scrolls must be reached by keyboard
    return f"<pre{reach}>{escape(text)}</pre>"
