"""A process with a learner's cells run in it, seen from the trusted side: asked, killed, started again."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from autograder.channel import Channel
from autograder.outcomes import Killed, Tampered, TimedOut
from autograder.question import Question

MOST_ENDINGS = 6
"""A notebook with so many cells that end their process is run no further: each costs a whole time limit."""


class Forks(Protocol):
    """What starts processes: the zygote."""

    scratch: Path

    def fork(self, folder: Path) -> Channel:
        """Start one in `folder`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """What running one cell gave."""

    outputs: list[dict[str, Any]]  #: as nbformat has them
    execution_count: int | None = None
    failure: dict[str, Any] | None = None  #: what the cell raised, as `probing.describe` tells it
    ended: TimedOut | Killed | Tampered | None = None  #: how the cell ended the process, if it did


class Process:
    """A process with a learner's cells run in it. Use it as a context manager.

    Attributes:
        folder: its scratch folder; both sides see it under this path.
        runs: what each cell gave when it was last run, by its place among the cells.
    """

    def __init__(self, zygote: Forks, cells: list[str], *, cell_seconds: float) -> None:
        self._zygote, self._cells, self._cell_seconds = zygote, cells, cell_seconds
        self.folder = Path(tempfile.mkdtemp(prefix="submission-", dir=zygote.scratch))
        self.runs: dict[int, CellRun] = {}
        self._channel: Channel | None = None
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def restart(self) -> None:
        """SIGKILL the process if it lives; start another and run the cells again.

        A cell that ends the process, or does not end itself, is left out from then on.
        """
        while not self._start():
            pass

    def _start(self) -> bool:
        """Start the process anew; tell whether every cell that is not left out came to an end."""
        self.kill()
        self._channel = self._zygote.fork(self.folder)
        endings = [run.ended for run in self.runs.values() if run.ended]
        for index, source in enumerate(self._cells):
            if (last := self.runs.get(index)) and last.ended:
                continue
            if len(endings) >= MOST_ENDINGS:
                self.runs[index] = CellRun(outputs=[], ended=endings[-1])
                continue
            try:
                self.runs[index] = self._run_cell(source)
            except (TimedOut, Killed, Tampered) as ended:
                self.runs[index] = CellRun(outputs=[], ended=ended)
                return False
        return True

    def _run_cell(self, source: str) -> CellRun:
        assert self._channel
        reply = self._channel.call(self._cell_seconds, op="cell", source=source)
        try:
            return CellRun(**reply)
        except TypeError:
            self.kill()
            raise Tampered("a cell sent something that is no reply") from None

    def ask(self, question: Question) -> dict[str, Any]:
        """Run a probe in the process; return its reply as `inside.probing.run_probe` made it.

        Raises:
            TimedOut, Killed, Tampered: the process is gone then; the next call makes another.
        """
        if self._channel is None or not self._channel.open:
            self.restart()
        assert self._channel
        reply = self._channel.call(
            question.seconds,
            op="probe",
            source=question.source,
            name=question.name,
            kwargs=dict(question.kwargs),
            folder=str(question.folder),
            kill_before=question.kill_before,
        )
        if reply.get("kind") == "reached":
            self.kill()
        return reply

    def kill(self) -> None:
        """SIGKILL the process, and wait until it is gone."""
        if self._channel:
            self._channel.kill()

    def close(self) -> None:
        """End the process, and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
