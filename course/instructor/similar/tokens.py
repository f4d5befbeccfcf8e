"""Reads code as tokens that stay the same when somebody renames, comments or lays out anew.

Python's own tokenizer is written in Python before 3.12, and stops where a text is no Python. This one is a
single pattern, and reads any text.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

LONGEST = 50_000  #: characters of an answer that are read; the longest worked answer has some 4,000

# A string that is never closed ends with its line, or with the text, and so does what is skipped: no
# character is looked at twice.
# A prefix, as in f"", is a token of its own.
_STRING = (
    r"\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\\?\Z)|'{3}(?:[^\\]|\\.)*?(?:'{3}|\\?\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?"
)
_TOKEN = re.compile(rf"(?:\s++|\#[^\n]*+)*+(\w++|[^\s\w\"'\#]|{_STRING}|\Z)", re.DOTALL)
_KEPT = frozenset({*keyword.kwlist, *dir(builtins)})
_REMEMBERED = 100_000  #: texts of tokens


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and the line that it begins on, from 0."""

    kind: int
    line: int


class _Kinds(dict[str, int]):
    """What a token counts as, as a number: remembered, since the same ones come again and again."""

    def __init__(self, *, after_dot: bool) -> None:
        super().__init__()
        self._after_dot = after_dot

    def __missing__(self, text: str) -> int:
        kind = crc32(_kind(text, after_dot=self._after_dot).encode("utf-8", "replace"))
        if len(self) < _REMEMBERED:
            self[text] = kind
        return kind


def _kind(text: str, *, after_dot: bool) -> str:
    """Return what a token counts as: an attribute counts as itself, since somebody else chose its name."""
    if text[0] in "\"'":
        return "'"
    if text[0].isdigit():
        return "0"
    named = text[0].isalpha() or text[0] == "_"
    return "name" if named and not after_dot and text not in _KEPT else text


_PLAIN, _ATTRIBUTES = _Kinds(after_dot=False), _Kinds(after_dot=True)


def kinds(code: str) -> list[int]:
    """Return the code as numbers, one for each token: comments and layout are left out."""
    texts: list[str] = [text for text in _TOKEN.findall(code[:LONGEST]) if text]  # the end has none
    plain, attributes = _PLAIN, _ATTRIBUTES
    return [
        attributes[text] if before == "." else plain[text]
        for before, text in zip(["", *texts], texts, strict=False)
    ]


def tokens(code: str) -> Iterator[Token]:
    """Yield what `kinds` returns, with lines."""
    before, line, at = "", 0, 0
    for match in _TOKEN.finditer(code[:LONGEST]):
        text, start = match[1], match.start(1)
        if not text:
            return
        line, at = line + code.count("\n", at, start), start
        yield Token((_ATTRIBUTES if before == "." else _PLAIN)[text], line)
        before = text
