"""Remembers which cells this kernel has run: their text, which cell of the notebook, and when."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a cell, also one that was no Python."""

    source: str
    cell_id: str  #: in the notebook; empty where the front end doesn't say
    at: float  #: when it began, as the clock of files has it


_runs: list[Run] = []


def runs() -> tuple[Run, ...]:
    """Return the runs since this was imported, oldest first."""
    return tuple(_runs)


@cache
def begin() -> None:
    """Remember every run from now on, if this is a kernel; outside of one, load nothing."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    if shell := get_ipython():
        shell.events.register("pre_run_cell", _note)


def _note(info: Any) -> None:  # noqa: ANN401 — IPython's record of a cell to run has no types
    _runs.append(Run(source=info.raw_cell, cell_id=info.cell_id or "", at=time.time()))
