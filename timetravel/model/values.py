"""Formats any stored value as text: one short line, or many for reading.

Values come from learners' graphs and from databases of unknown origin: everything is bounded, control
characters are shown and not obeyed, and a `__repr__` that raises is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any, cast

from timetravel.model.changes import repr_of
from timetravel.model.messages import lines, message_of, one_line
from timetravel.model.stored import Stored, Unread

_DEPTH = 8
_WIDE = 76


def brief(value: Any, width: int = 60) -> str:  # noqa: ANN401 — any value
    """The value on one line of at most `width` characters."""
    return clip(clean(_line(value, width)), width)


def _line(value: Any, width: int) -> str:  # noqa: ANN401
    """The value's one-line text: whole when it fits in `width`, else more than that of it."""
    text = ""
    for piece in _tokens(value, width, 0):
        text += piece
        if len(text) > width * 4:  # enough has been seen
            break
    return text


def full(value: Any, limit: int = 20_000) -> str:  # noqa: ANN401 — any value
    """The value over as many lines as reading it takes, cut after about `limit` characters."""
    found: list[str] = []
    size = 0
    for line in _lines(value, 0, limit):
        found.append(clean(line[: limit - size + 1], keep="\n"))
        size += len(line) + 1
        if size > limit:
            found.append(f"… cut here, after {limit:,} characters")
            break
    return "\n".join(found)


def clean(text: str, keep: str = "") -> str:
    """Make every control, direction and unpaired character visible; a terminal or page must not obey it."""
    if text.isprintable():
        return text
    joiner = "\u200d"  # holds the parts of one emoji together
    return "".join(c if c.isprintable() or c in keep or c == joiner else _shown(c) for c in text)


def _shown(char: str) -> str:
    return " " if char.isspace() and char not in "\n\r\t" else repr(char)[1:-1]


def clip(text: str, width: int) -> str:
    """Cut to `width` characters, the last of which is then an ellipsis."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def _tokens(value: Any, width: int, depth: int) -> Iterator[str]:  # noqa: ANN401
    """The value's one-line text in pieces, so that a huge value costs no more than what is shown of it."""
    if depth > _DEPTH:
        yield "…"
    elif isinstance(value, str | bytes | bytearray):
        yield repr(value[: width + 1])
    elif isinstance(value, Unread):
        yield f"({value.reason})"
    elif (message := message_of(value)) is not None:
        yield one_line(message, width)
    elif (parts := _parts(value)) is not None:
        opening, items, closing = parts
        yield opening
        for index, (key, item) in enumerate(items):
            yield (", " if index else "") + key
            yield from _tokens(item, width, depth + 1)
        yield closing
    else:
        yield repr_of(value)[: width * 4 + 1]


def _lines(value: Any, indent: int, limit: int) -> Iterator[str]:  # noqa: ANN401
    pad = " " * indent
    if isinstance(value, str):
        yield from _text_lines(value[: limit + 1], pad)
    elif (message := message_of(value)) is not None:
        yield from (pad + line for line in lines(message, limit))
    elif len(line := _line(value, _WIDE)) <= _WIDE - indent or indent > 4 * _DEPTH:
        yield pad + clip(line, _WIDE)
    elif (parts := _parts(value)) is not None:
        opening, items, closing = parts
        yield pad + opening
        for key, item in items:
            inner = list(islice(_lines(item, indent + 2, limit), limit))
            yield f"{pad}  {key}{inner[0].lstrip(' ')}" if inner else f"{pad}  {key}"
            yield from inner[1:]
        yield pad + closing
    else:
        yield pad + repr_of(value)[: limit + 1]


def _text_lines(text: str, pad: str) -> Iterator[str]:
    if "\n" not in text:
        yield pad + repr(text)
    else:  # a text of several lines is read as it is, between quotes on lines of their own
        yield pad + '"""'
        yield from (pad + line for line in text.splitlines())
        yield pad + '"""'


def _parts(value: Any) -> tuple[str, Iterable[tuple[str, Any]], str] | None:  # noqa: ANN401
    """A container as opening, labelled items, closing; None for a value that has no parts."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return "{", ((f"{repr_of(key)[:80]}: ", item) for key, item in pairs), "}"
    if isinstance(value, list):
        return "[", (("", item) for item in cast("list[Any]", value)), "]"
    if type(value) is tuple:
        return "(", (("", item) for item in cast("tuple[Any, ...]", value)), ")"
    if isinstance(value, Stored):
        return _stored_parts(value)
    if is_dataclass(value) and not isinstance(value, type) and "__repr__" not in type(value).__dict__:
        names = (field.name for field in fields(value) if field.repr)
        return f"{type(value).__name__}(", ((f"{name}=", getattr(value, name)) for name in names), ")"
    return None


def _stored_parts(stored: Stored) -> tuple[str, Iterable[tuple[str, Any]], str]:
    opening = f"{stored.name}("
    if isinstance(stored.value, Mapping):
        pairs = cast("Mapping[Any, Any]", stored.value).items()
        return opening, ((f"{key}=", item) for key, item in pairs), ")"
    if isinstance(stored.value, list | tuple):
        return opening, (("", item) for item in cast("list[Any]", stored.value)), ")"
    return opening, (("", stored.value),), ")"
