"""Keeps what each cell of a submission gave when it was run, and which of them are run no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.channel import is_cell_reply
from autograder.sandbox.kept_outputs import ALL_OUTPUTS, failure_within, outputs_within
from autograder.sandbox.outcomes import Outcome, Tampered

MOST_ENDINGS = 6
"""A notebook with so many cells that end their process is run no further: each costs a whole time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """What running one cell gave."""

    outputs: list[dict[str, Any]]  #: as nbformat has them
    execution_count: int | None = None
    failure: dict[str, Any] | None = None  #: what the cell raised, as `inside.probe` describes it
    ended: Outcome | None = None  #: how the cell ended the process, if it did


class CellRuns:
    """A submission's cells, and what each gave when it was last run.

    Attributes:
        cells: their sources.
        all: what each gave, by its place among the cells.
    """

    def __init__(
        self, cells: list[str], *, output_bytes: int, known: Mapping[int, CellRun] | None = None
    ) -> None:
        """`known`: of another process of the same submission, whose cells that ended it are left out here."""
        self.cells, self._most = cells, output_bytes
        self.all = {place: run for place, run in (known or {}).items() if run.ended}
        self._taken: dict[int, int] = {}  # what is kept of each cell's outputs, in bytes

    @property
    def endings(self) -> list[Outcome]:
        """How cells have ended their process."""
        return [run.ended for run in self.all.values() if run.ended]

    def to_run(self) -> Iterator[tuple[int, str]]:
        """Yield the cells that have not ended a process, each with its place."""
        for place, source in enumerate(self.cells):
            if not ((last := self.all.get(place)) and last.ended):
                yield place, source

    def leave_out(self, place: int, why: Outcome) -> None:
        """Note that a cell isn't run; what it gave earlier stays."""
        self.all.setdefault(place, CellRun(outputs=[], ended=why))

    def ended(self, place: int, how: Outcome) -> None:
        """Note that a cell ended its process."""
        self.all[place] = CellRun(outputs=[], ended=how)

    def keep(self, place: int, reply: dict[str, Any]) -> None:
        """Note what a cell gave, as far as there is room for its outputs.

        Raises:
            Tampered: that's no reply of a cell.
        """
        if not is_cell_reply(reply):
            raise Tampered("a cell sent something that is no reply")
        room = ALL_OUTPUTS * self._most - sum(taken for at, taken in self._taken.items() if at != place)
        outputs, self._taken[place] = outputs_within(reply["outputs"], min(2 * self._most, room))
        failure = failure_within(reply["failure"])
        self.all[place] = CellRun(outputs=outputs, execution_count=reply["execution_count"], failure=failure)

    def line(self, file: str, line: int) -> str:
        """Return a line of a cell; IPython names cells by how many were run."""
        counts = {run.execution_count: place for place, run in self.all.items()}
        number = file.removeprefix("<ipython-input-").partition("-")[0]
        place = counts.get(int(number), len(self.all)) if number.isdecimal() else len(self.cells)
        lines = self.cells[place].splitlines() if place < len(self.cells) else []
        return lines[line - 1] if 0 < line <= len(lines) else ""
