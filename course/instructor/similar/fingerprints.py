"""Takes fingerprints of an answer by winnowing, as MOSS does.

Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003. Each
run of K tokens has a hash, and of each W hashes in a row the smallest is kept. So two answers that share K
+ W - 1 tokens in a row share a fingerprint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from course.instructor.similar.tokens import kinds

K = 10  #: tokens of a run: a line of code, about; what is shorter is shared by chance
W = 6

Hashes = NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


def runs(tokens: list[int]) -> Hashes:
    """Return the hash of each run of `K` tokens, in order."""
    ids = np.array(tokens, dtype=np.uint64)
    count = len(ids) - K + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    found = np.zeros(count, dtype=np.uint64)
    for offset in range(K):  # numbers wrap around at 64 bits, on purpose
        found = found * _BASE + ids[offset : offset + count]
    found = (found ^ (found >> _SHIFT)) * _MIX  # spread: neighbours' hashes would be alike
    return found ^ (found >> _SHIFT)


def fingerprints(code: str) -> Hashes:
    """Return an answer's fingerprints, each once."""
    return winnowed(runs(kinds(code)))


def winnowed(hashes: Hashes) -> Hashes:
    """Return the smallest of each `W` hashes in a row, each once."""
    if len(hashes) <= W:
        return np.unique(hashes.min(keepdims=True)) if len(hashes) else hashes
    smallest = hashes[: len(hashes) - W + 1]
    for offset in range(1, W):
        smallest = np.minimum(smallest, hashes[offset : len(hashes) - W + 1 + offset])
    return np.unique(smallest)


def all_runs(codes: list[str]) -> Hashes:
    """Return every run of these texts: what an answer shares with them is nobody's own."""
    found = [runs(kinds(code)) for code in codes]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.uint64)
