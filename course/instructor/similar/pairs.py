"""Compares the answers of a class to one exercise, all at once, by the fingerprints that few of them have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course.instructor.similar.fingerprints import Hashes

LEAST_SHARED = 8  #: fingerprints: six lines or so that are in few other answers
LEAST_SIMILAR = 0.6
MOST_OWNERS = 20  #: of a fingerprint that says anything, however large the class is
FEWEST_OWNERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two answers, by their places in the class."""

    first: int
    second: int
    shared: int
    similarity: float


def pairs(answers: Sequence[Hashes], handed_out: Hashes) -> Iterator[Pair]:
    """Yield the pairs that are alike.

    What was handed out doesn't count, nor what a tenth of the class has: it's how one writes this answer.
    Similarity is Dice's: twice what both have, over what each has of its own.
    """
    owners = np.repeat(np.arange(len(answers)), [len(answer) for answer in answers])
    if not len(owners):
        return
    hashes = np.concatenate(list(answers))
    own = ~np.isin(hashes, handed_out)
    hashes, owners = hashes[own], owners[own]
    _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    most = max(FEWEST_OWNERS, min(MOST_OWNERS, len(answers) // 10))
    rare = counts[which] <= most
    sizes = np.bincount(owners[rare], minlength=len(answers))
    order = np.argsort(which[rare], kind="stable")
    codes, shared = _counted(owners[rare][order], counts[which[rare][order]], len(answers))
    for code, count in zip(codes.tolist(), shared.tolist(), strict=True):
        first, second = divmod(code, len(answers))
        similarity = 2 * count / float(sizes[first] + sizes[second])
        if count >= LEAST_SHARED and similarity >= LEAST_SIMILAR:
            yield Pair(first=first, second=second, shared=count, similarity=similarity)


def _counted(
    owners: NDArray[np.intp], sizes: NDArray[np.intp], students: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count how many fingerprints each pair of owners shares.

    `owners` come by fingerprint, and in order within each; `sizes` says how many own the same one.
    """
    found: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)]
    for size in range(2, MOST_OWNERS + 1):
        groups = owners[sizes == size].reshape(-1, size)
        first, second = np.triu_indices(size, 1)
        found.append((groups[:, first] * students + groups[:, second]).ravel())
    codes, counts = np.unique(np.concatenate(found), return_counts=True)
    return codes, counts
