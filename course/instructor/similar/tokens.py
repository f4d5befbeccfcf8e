"""Reads code as tokens that stay the same when somebody renames, comments or lays out anew.

Python's own tokenizer is written in Python before 3.12, and would take 15 s for a class of 5,000. This one
is a single pattern, and reads what is no Python at all, too.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

LONGEST = 50_000  #: characters of an answer that are read; the longest worked answer has some 4,000

# A string that is never closed ends with its line, or with the text: each character is looked at once.
_STRING = (
    r"[rbuf]{0,2}(?:"
    r"\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\\?\Z)|'{3}(?:[^\\]|\\.)*?(?:'{3}|\\?\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)"
)
_TOKEN = re.compile(rf"{_STRING}|\#[^\n]*|\w+(?:\.\d\w*)?|[^\s\w]", re.IGNORECASE | re.DOTALL)
_KEPT = frozenset({*keyword.kwlist, *dir(builtins)})


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and the line that it begins on, from 0."""

    kind: int
    line: int


class _Kinds(dict[tuple[bool, str], int]):
    """What a token counts as, after a dot or not: remembered, since the same ones come again and again."""

    def __missing__(self, key: tuple[bool, str]) -> int:
        kind = crc32(_kind(*key).encode("utf-8", "replace"))
        if len(self) < 200_000:
            self[key] = kind
        return kind


_KINDS = _Kinds()


def _kind(after_dot: bool, text: str) -> str:
    """Return what a token counts as: an attribute counts as itself, since somebody else chose its name."""
    if text[0] in "\"'" or text[-1] in "\"'":
        return "'"
    if text[0].isdigit():
        return "0"
    if after_dot or text in _KEPT or not (text[0].isalpha() or text[0] == "_"):
        return text
    return "name"


def kinds(code: str) -> list[int]:
    """Return the code as numbers, one for each token: comments and layout are left out."""
    texts = [text for text in _TOKEN.findall(code[:LONGEST]) if text[0] != "#"]
    found = _KINDS
    return [found[before == ".", text] for before, text in zip(["", *texts], texts, strict=False)]


def tokens(code: str) -> Iterator[Token]:
    """Yield what `kinds` returns, with lines."""
    before, line, at = "", 0, 0
    for match in _TOKEN.finditer(code[:LONGEST]):
        line, at = line + code.count("\n", at, match.start()), match.start()
        text = match[0]
        if text[0] != "#":
            yield Token(_KINDS[before == ".", text], line)
            before = text
