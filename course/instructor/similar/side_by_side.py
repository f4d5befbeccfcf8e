"""Marks the lines that two answers share, to be shown side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from course.instructor.similar.fingerprints import Hashes, K, runs
from course.instructor.similar.tokens import tokens

MOST_LINES = 120  #: of one answer that are shown
LONGEST_LINE = 160  #: characters


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer."""

    text: str
    shared: bool


def side_by_side(first: str, second: str, handed_out: Hashes) -> tuple[list[Line], list[Line]]:
    """Return the lines of both, marked where most of their tokens are in runs that both have."""
    mine, theirs = _read(first), _read(second)
    both = np.setdiff1d(np.intersect1d(mine[0], theirs[0]), handed_out)
    return _marked(first, mine, both), _marked(second, theirs, both)


def _read(code: str) -> tuple[Hashes, list[int]]:
    """Return the runs of an answer, and its tokens' lines."""
    found = list(tokens(code))
    return runs([token.kind for token in found]), [token.line for token in found]


def _marked(code: str, read: tuple[Hashes, list[int]], both: Hashes) -> list[Line]:
    hashes, lines = read
    covered = np.zeros(len(lines), dtype=bool)
    for start in np.flatnonzero(np.isin(hashes, both)).tolist():
        covered[start : start + K] = True
    every, shared = Counter(lines), Counter(line for line, is_in in zip(lines, covered, strict=True) if is_in)
    texts = code.split("\n")
    shown = [
        Line(visible(text[:LONGEST_LINE] + " …" * (len(text) > LONGEST_LINE)), 2 * shared[n] > every[n])
        for n, text in enumerate(texts[:MOST_LINES])
    ]
    more = len(texts) - MOST_LINES
    return [*shown, Line(f"… and {more:,} lines more", False)] if more > 0 else shown


def visible(text: str) -> str:
    """Return text in which whatever moves or hides other text is a plain mark."""
    return "".join(c if c.isprintable() or c == "\t" else "�" for c in text)
