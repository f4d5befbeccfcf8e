"""Tells how much of a notebook an exercise is judged with: a later answer may bind a name again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.grading import Cell

# By how a line begins: the code is not ours to parse, and a name too many costs one process and no more.
_BINDS = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)


def cells_of(cells: Sequence[Cell], name: str) -> int:
    """Return how many of the cells, from the first, an exercise is judged with.

    All of them, as a rule: a helper may stand anywhere. But where the answer to a later exercise binds a name
    that was bound above (`State` is in many), it is the cells down to that answer, as for whoever runs the
    notebook from its top and checks each answer in its place.
    """
    own = [index for index, cell in enumerate(cells) if cell.exercise == name]
    if not own:
        return len(cells)
    later = [i for i, cell in enumerate(cells) if i > own[-1] and cell.exercise not in (None, name)]
    if not later:
        return len(cells)
    above, below = cells[: later[0]], (cells[index] for index in later)
    again = bound(cell.source for cell in above) & bound(cell.source for cell in below)
    return later[0] if again else len(cells)


def bound(sources: Iterable[str]) -> set[str]:
    """Return the names that cells define or assign at the beginning of a line; not what they import."""
    return {found[1] or found[2] for source in sources for found in _BINDS.finditer(source)}
