"""Runs a learner's cells in a sandboxed process, and asks, kills and restarts it."""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, Self

from autograder.sandbox.channel import Channel, is_cell_reply
from autograder.sandbox.http_server import App, Server
from autograder.sandbox.inside.probe import STOOD
from autograder.sandbox.kept_outputs import ALL_OUTPUTS, failure_within, outputs_within
from autograder.sandbox.launch import ZygoteDied
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.outcomes import Killed, Outcome, OutOfMemory, Tampered, TimedOut
from autograder.sandbox.probes import Probe
from autograder.sandbox.time_up import read_dump, timed_out
from autograder.sandbox.workdir import Workdir

OVER = TimedOut("the time for the whole notebook was used up before this")
MOST_ENDINGS = 6
"""A notebook with so many cells that end their process is run no further: each costs a whole time limit."""


class Forks(Protocol):
    """What starts processes: the zygote."""

    limits: Limits

    def open_workdir(self, needs: Needs) -> Workdir: ...
    def close_workdir(self, workdir: Workdir) -> None: ...
    def fork(self, workdir: Workdir) -> Channel: ...
    def restart(self) -> None: ...
    def check(self) -> None: ...
    def out_of_memory(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """What running one cell gave."""

    outputs: list[dict[str, Any]]  #: as nbformat has them
    execution_count: int | None = None
    failure: dict[str, Any] | None = None  #: what the cell raised, as `probing.describe` tells it
    ended: Outcome | None = None  #: how the cell ended the process, if it did


class Process:
    """A process with a learner's cells run in it. Use it as a context manager.

    Attributes:
        needs: what it was given beyond the usual.
        runs: what each cell gave when it was last run, by its place among the cells.
    """

    def __init__(
        self,
        zygote: Forks,
        cells: list[str],
        *,
        cell_seconds: float,
        needs: Needs,
        first: Process | None = None,
        known: Process | None = None,
        until: float | None = None,
    ) -> None:
        self._zygote, self._cells, self._cell_seconds, self.needs = zygote, cells, cell_seconds, needs
        known = known or first  # whose cells that end the process it leaves out
        self._end = until or time.monotonic() + zygote.limits.wall_seconds
        self.runs: dict[int, CellRun] = (
            {i: run for i, run in known.runs.items() if run.ended} if known else {}
        )
        self._taken: dict[int, int] = {}  # what is kept of each cell's outputs, in bytes
        self._channel: Channel | None = None
        self._lost = zygote.out_of_memory()  # by what ran before
        self._filled_memory = False
        self._first = first
        self._workdir = first._workdir if first else self._open_workdir()
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> PurePosixPath:
        """Its scratch folder, as the process itself calls it; another one after a restart of the zygote."""
        return self._workdir.folder

    @property
    def workdir(self) -> Workdir:
        """Its scratch folder as the trusted side sees it; another one after a restart of the zygote."""
        return self._workdir

    def beside(self, needs: Needs) -> Process:
        """Start another process of the same submission, with other needs and a scratch folder of its own."""
        return self._another(self._cells, needs=needs)

    def twin(self) -> Process:
        """Start a second process in the same scratch folder, with the same server; close it first."""
        return self._another(self._cells, needs=self.needs, first=self)

    def down_to(self, count: int) -> AbstractContextManager[Process]:
        """Give a process that has run the first `count` cells: this one, or one beside it."""
        if count >= len(self._cells):
            return contextlib.nullcontext(self)
        return self._another(self._cells[:count], needs=self.needs, known=self)

    def _another(
        self, cells: list[str], *, needs: Needs, first: Process | None = None, known: Process | None = None
    ) -> Process:
        """Start a process of the same submission: all have one clock."""
        seconds, end = self._cell_seconds, self._end
        return Process(
            self._zygote, cells, cell_seconds=seconds, needs=needs, first=first, known=known, until=end
        )

    def _open_workdir(self) -> Workdir:
        try:
            return self._zygote.open_workdir(self.needs)
        except ZygoteDied:
            self._zygote.restart()
            return self._zygote.open_workdir(self.needs)

    def restart(self) -> None:
        """SIGKILL the process if it lives; start another and run the cells again.

        A cell that ends the process, or does not end itself, is left out from then on.
        """
        while not self._start():
            pass

    def _start(self) -> bool:
        """Start the process anew; tell whether every cell that is not left out came to an end."""
        self.end()
        self._channel = self._fork()
        endings = [run.ended for run in self.runs.values() if run.ended]
        for index, source in enumerate(self._cells):
            if (last := self.runs.get(index)) and last.ended:
                continue
            if len(endings) >= MOST_ENDINGS or self._left() <= 0:
                self.runs.setdefault(index, CellRun(outputs=[], ended=endings[-1] if endings else OVER))
                continue
            try:
                self.runs[index] = self._run_cell(index, source)
            except (TimedOut, Killed, OutOfMemory, Tampered) as ended:
                self.runs[index] = CellRun(outputs=[], ended=ended)
                return False
        return True

    def _fork(self) -> Channel:
        try:
            return self._zygote.fork(self._workdir)
        except ZygoteDied:  # its workdirs are gone with it: what this submission had written is, too
            if not self._filled_memory:
                raise
            if self._first:
                raise Killed("the other process is gone, and with it the folder that they share") from None
            self._workdir.close()
            self._workdir = self._open_workdir()
            return self._zygote.fork(self._workdir)

    def _run_cell(self, index: int, source: str) -> CellRun:
        reply = self._call(self._cell_seconds, op="cell", source=source)
        if not is_cell_reply(reply):
            self.end()
            raise Tampered("a cell sent something that is no reply")
        most = self._zygote.limits.output_bytes
        room = ALL_OUTPUTS * most - sum(taken for at, taken in self._taken.items() if at != index)
        outputs, self._taken[index] = outputs_within(reply["outputs"], min(2 * most, room))
        failure = failure_within(reply["failure"])
        return CellRun(outputs=outputs, execution_count=reply["execution_count"], failure=failure)

    def ask(self, question: Probe) -> dict[str, Any]:
        """Run a probe in the process; return its reply as `inside.probing.run_probe` made it.

        Raises:
            TimedOut, Killed, OutOfMemory, Tampered: the process is gone then; the next call makes another.
        """
        if self._channel is None or not self._channel.open:
            self.restart()
        reply = self._call(
            question.seconds,
            op="probe",
            source=question.source,
            name=question.name,
            kwargs=dict(question.kwargs),
            folder=str(question.folder),
            kill_before=question.kill_before,
        )
        if reply.get("kind") == "reached":
            self.end()
        return reply

    def kill(self) -> None:
        """SIGKILL the process, from any thread; a question that waits for its reply raises `Killed`."""
        if self._channel and self._channel.open:
            self._channel.strike()

    def _call(self, seconds: float, **call: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
        """Call the process, within what is left of the submission's time."""
        assert self._channel
        left = self._left()
        if left <= 0:
            self.end()
            raise OVER
        try:
            return self._channel.call(min(seconds, left), **call)
        except TimedOut:
            raise timed_out(read_dump(self._workdir.read(STOOD)), self._line) from None
        except Killed:
            if self._zygote.out_of_memory() > self._lost:
                self._lost, self._filled_memory = self._zygote.out_of_memory(), True
                raise OutOfMemory("your code asked for more memory than a submission may use") from None
            self._zygote.check()  # if that has died, it wasn't the learner's code that ended this process
            raise

    def _line(self, file: str, line: int) -> str:
        """Return a line of a cell; IPython names cells by how many were run."""
        counts = {run.execution_count: place for place, run in self.runs.items()}
        number = file.removeprefix("<ipython-input-").partition("-")[0]
        place = counts.get(int(number), len(self.runs)) if number.isdecimal() else len(self._cells)
        lines = self._cells[place].splitlines() if place < len(self._cells) else []
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def _left(self) -> float:
        """Return how many seconds the submission still has."""
        return self._end - time.monotonic()

    def fetch(self, folder: PurePosixPath, name: str) -> Path:
        """Copy a file of the scratch folder to where only the judge is."""
        return self._workdir.fetch(folder, name)

    def serve(self, app: App) -> Server:
        """Have the server that the process can reach answer with `app`."""
        return self._workdir.serve(app)

    def end(self) -> None:
        """SIGKILL the process, and wait until it is gone."""
        if self._channel:
            self._channel.kill()

    def close(self) -> None:
        """End the process, and remove its files."""
        self.end()
        if self._first:
            return
        with contextlib.suppress(ZygoteDied):
            self._zygote.close_workdir(self._workdir)
