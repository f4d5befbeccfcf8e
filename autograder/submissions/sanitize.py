"""Sanitizes what learners wrote and printed, for an instructor's browser.

nbgrader's pages run whatever HTML a notebook holds. So text stays text, pictures are pixels, and the rest
is left out; nothing here is repaired, only let through or not.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_TEXT = 20_000  #: characters of text, or of output, that are kept for each cell
MAX_OUTPUTS = 200  #: of one cell
MAX_PICTURES = 4 << 20  #: characters of base64 that are kept for each cell
MAX_PIXELS = 25_000_000  #: of one picture: a small file can hold more than a browser can
CUT = "\n… cut here: there was more\n"

_PIXELS = {"image/png": "iVBOR", "image/jpeg": "/9j/"}  # how such data begins, in base64
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# What Markdown could turn into more than text: tags, entities, pictures, and links to other than pages.
# A backslash before a letter is a command to MathJax, some of which load and run; before a colon, it hides a
# scheme from us, but not from Markdown.
_ACTIVE = re.compile(r"<[A-Za-z/!?]|&#|&\w+;|!\[|(?:script|data)\s*:|\\[A-Za-z:]", re.I)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

_TAGS = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "br", "hr", "a", "del"} | {
    *("h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def harmless_outputs(outputs: object) -> list[dict[str, Any]]:
    """Return what may be shown of a cell's outputs, built anew from what is checked."""
    items: list[Any] = cast("list[Any]", outputs) if isinstance(outputs, list) else []
    return list(_capped(shown for item in items if isinstance(item, dict) and (shown := _shown(item))))


def _shown(item: dict[str, Any]) -> dict[str, Any] | None:
    match item:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return {"output_type": "stream", "name": name, "text": text}
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(lines)}:
            trace = [line for line in cast("list[Any]", lines) if isinstance(line, str)]
            words = {"ename": _cut(name, 100), "evalue": _cut(value, 500)}
            return {"output_type": "error", **words, "traceback": trace}
        case {"output_type": "execute_result" | "display_data" as kind, "data": dict(data)}:
            kept = dict(_kept(cast("dict[Any, Any]", data)))
            count = {"execution_count": None} if kind == "execute_result" else {}
            return {"output_type": kind, "data": kept, "metadata": {}, **count} if kept else None
        case _:
            return None


def _kept(data: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    for kind, start in _PIXELS.items():
        value = data.get(kind)
        if isinstance(value, str) and value.startswith(start) and _is_picture(kind, value):
            yield kind, value
    if isinstance(text := data.get("text/plain"), str):
        yield "text/plain", text


def _is_picture(kind: str, value: str) -> bool:
    if len(value) > MAX_PICTURES or not _BASE64.fullmatch(value):
        return False
    head = base64.b64decode(value[:32] + "===")
    if kind != "image/png" or len(head) < 24:  # the data of a JPEG grow with its size
        return True
    width, height = struct.unpack("!II", head[16:24])
    return width * height <= MAX_PIXELS


def _capped(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Cut text that goes on and on, and pictures: a browser has to open it."""
    left, room = MAX_TEXT, MAX_PICTURES
    for item in islice(items, MAX_OUTPUTS):
        room -= sum(len(value) for kind, value in item.get("data", {}).items() if kind in _PIXELS)
        if left <= 0 or room < 0:
            return
        match item:
            case {"text": str(text)}:
                yield {**item, "text": _cut(text, left)}
                left -= len(text)
            case {"data": {"text/plain": str(text)}}:
                yield {**item, "data": {**item["data"], "text/plain": _cut(text, left)}}
                left -= len(text)
            case {"traceback": list(lines)}:
                trace = _cut("\n".join(cast("list[str]", lines)), left)
                yield {**item, "traceback": trace.split("\n")}
                left -= len(trace)
            case _:
                yield item


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + CUT


def harmless_markdown(text: str) -> str:
    """Return Markdown that renders as text: as it is, or, where it holds more, as a block of code."""
    text = _cut(text, MAX_TEXT)
    if not _ACTIVE.search(text):
        return text
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def plain_text(text: str) -> str:
    """Return text without the codes that colour it in a terminal."""
    return _ANSI.sub("", text)


def rendered(text: str) -> Markup:
    """Return a learner's Markdown as HTML of paragraphs, lists, code, tables and links."""
    import mistune
    import nh3
    from markupsafe import Markup

    html = cast(
        "str", mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])(text[:MAX_TEXT])
    )
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)


def highlighted(source: str) -> Markup:
    """Return code as HTML with pygments' class names; `feedback.css` colours them."""
    from markupsafe import Markup
    from pygments import highlight

    html = highlight(source[:MAX_TEXT], *_pygments())
    return Markup(html)  # pygments has escaped it


@cache
def _pygments() -> tuple[Any, Any]:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=True), HtmlFormatter(nowrap=True)  # 1 ms to make


def sentence(text: str) -> Markup:
    """Return a message as a sentence, with its `code` marked as code.

    It begins with a capital, unless its first word is a name out of data, as ch_9447 is.
    """
    text = text.rstrip()
    if re.match(r"[a-z]+(?=[ ,:;])", text):
        text = text[0].upper() + text[1:]
    return with_code(text if text.endswith((".", "?", "!", "…")) else f"{text}.")


def with_code(text: str) -> Markup:
    """Return plain text as HTML, with the text between backticks marked as code."""
    from markupsafe import Markup

    html = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))  # escaped here
    return Markup(html.replace("\\", "<span>\\</span>"))  # formgrader's MathJax takes no command so parted
