"""Finds the cells that an answer needs, to run them again in another process."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.grading.cells import bound
from course.learner.catalogue import bound_names

_ENDS = re.compile(
    r"\b(?:exit|quit|_exit|abort|kill|killpg|raise_signal|execv\w*)\s*\(|\b(?:__)?builtins\b|\b(?:reload|setrlimit)\s*\("
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What to run, and what is missing from it."""

    cells: tuple[str, ...]  #: sources, in the order in which they were run
    elsewhere: tuple[str, ...]  #: names that the kernel knows, but no cell that was run defines


def needed_cells(names: Sequence[str], ran: Sequence[str], namespace: Mapping[str, Any]) -> Needed:
    """Return the cells that define `names`, and what those use in turn.

    Args:
        names: what the answer defines.
        ran: the sources of all cells that were run, oldest first. The last that binds a name counts.
        namespace: what the kernel knows now.
    """
    last = {name: index for index, source in enumerate(ran) for name in bound_names(source)}
    # What a star imports, only the run itself can tell: such cells are always needed.
    starred = {index for index, source in enumerate(ran) if "*" in bound_names(source)}
    wanted, seen, chosen = list(names), set[str](), set(starred)
    elsewhere: list[str] = []
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in last:
            if last[name] not in chosen:
                chosen.add(last[name])
                wanted += _uses(ran[last[name]])
        elif name in namespace and not hasattr(builtins, name) and not starred:
            elsewhere.append(name)
    return Needed(cells=tuple(ran[i] for i in sorted(chosen)), elsewhere=tuple(sorted(elsewhere)))


def bound_again(names: Sequence[str], ran: Sequence[str]) -> list[str]:
    """Return what the cell that defines `names` binds, and a cell that was run after it has bound again."""
    answers = [index for index, source in enumerate(ran) if bound([source]) & set(names)]
    return sorted(bound([ran[answers[-1]]]) & bound(ran[answers[-1] + 1 :])) if answers else []


def not_python(ran: Sequence[str]) -> bool:
    """Whether the last of the cells could not be run at all, so that the names are those of before."""
    try:
        ast.parse(ran[-1] if ran else "")
    except (SyntaxError, ValueError):
        return True
    return False


def ends_its_process(cells: Sequence[str]) -> bool:
    """Whether any cell may end the process that runs it, or change Python for everything else in it.

    It looks for words, and may be wrong: that costs a second process, and no verdict.
    """
    return any(_ENDS.search(cell) for cell in cells)


def _uses(source: str) -> list[str]:
    """Return every name that a cell reads, wherever in it."""
    loads = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name))
    return [n.id for n in loads if isinstance(n.ctx, ast.Load)]
