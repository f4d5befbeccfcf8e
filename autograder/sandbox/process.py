"""Runs a learner's cells in a sandboxed process, and asks, kills and restarts it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any, Self

from autograder.sandbox.cell_runs import MOST_ENDINGS, CellRun, CellRuns
from autograder.sandbox.forked import ForkedProcess
from autograder.sandbox.http_server import App, Server
from autograder.sandbox.inside.probe import STOOD
from autograder.sandbox.limits import Needs
from autograder.sandbox.outcomes import Killed, OutOfMemory, Tampered, TimedOut
from autograder.sandbox.probes import Probe
from autograder.sandbox.stalled import SHARE
from autograder.sandbox.time_up import read_dump, timed_out
from autograder.sandbox.workdir import Workdir

OVER = "the time for the whole notebook was used up before this"


class Process:
    """A process with a learner's cells run in it, once it has begun. Use it as a context manager."""

    def __init__(self, forked: ForkedProcess, cells: CellRuns, *, cell_seconds: float, end: float) -> None:
        """`end`: when the time of the whole submission is up, by `time.monotonic`."""
        self._forked, self._cells, self._cell_seconds, self._end = forked, cells, cell_seconds, end
        self._starting = False

    def begin(self) -> Self:
        """Start the process, and run the cells."""
        try:
            self.restart()
        except BaseException:
            self.close()
            raise
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def needs(self) -> Needs:
        """What it was given beyond the usual."""
        return self._forked.needs

    @property
    def runs(self) -> Mapping[int, CellRun]:
        """What each cell gave when it was last run, by its place among the cells."""
        return self._cells.all

    @property
    def folder(self) -> PurePosixPath:
        """Its scratch folder, as the process itself calls it; another one after a restart of the zygote."""
        return self.workdir.folder

    @property
    def workdir(self) -> Workdir:
        """Its scratch folder as the trusted side sees it; another one after a restart of the zygote."""
        return self._forked.workdir

    def beside(self, needs: Needs) -> Process:
        """Start another process of the same submission, with other needs and a scratch folder of its own."""
        return self._another(self._cells.cells, ForkedProcess(self._forked.zygote, needs))

    def twin(self, *, bare: bool = False) -> Process:
        """Start a second process in the same scratch folder, with the same server; close it first.

        `bare`: it runs no cells, and so starts in half the time.
        """
        shared = ForkedProcess(self._forked.zygote, self.needs, first=self._forked)
        return self._another([], shared) if bare else self._another(self._cells.cells, shared, self.runs)

    def down_to(self, count: int) -> AbstractContextManager[Process]:
        """Give a process that has run the first `count` cells: this one, or one beside it."""
        if count >= len(self._cells.cells):
            return contextlib.nullcontext(self)
        fresh = ForkedProcess(self._forked.zygote, self.needs)
        return self._another(self._cells.cells[:count], fresh, known=self.runs)

    def _another(
        self, cells: list[str], forked: ForkedProcess, known: Mapping[int, CellRun] | None = None
    ) -> Process:
        """Start a process of the same submission: all have one clock."""
        runs = CellRuns(cells, output_bytes=forked.zygote.limits.output_bytes, known=known)
        return Process(forked, runs, cell_seconds=self._cell_seconds, end=self._end).begin()

    def restart(self) -> None:
        """SIGKILL the process if it lives; start another and run the cells again.

        A cell that ends the process, or does not end itself, is left out from then on.
        """
        self._starting = True
        try:
            while not self._start():
                pass
        finally:
            self._starting = False

    def _start(self) -> bool:
        """Start the process anew; tell whether every cell that is not left out came to an end."""
        self._forked.start()
        endings = self._cells.endings
        for place, source in self._cells.to_run():
            if len(endings) >= MOST_ENDINGS or self._left() <= 0:
                self._cells.leave_out(place, endings[-1] if endings else self._over())
                continue
            try:
                self._cells.keep(place, self._call(self._cell_seconds, op="cell", source=source))
            except (TimedOut, Killed, OutOfMemory, Tampered) as ended:
                self.end()
                self._cells.ended(place, ended)
                return False
        return True

    def ask(self, question: Probe) -> dict[str, Any]:
        """Run a probe in the process; return its reply as `inside.probe.run_probe` made it.

        Raises:
            TimedOut, Killed, OutOfMemory, Tampered: the process is gone then; the next call makes another.
        """
        if not self._forked.lives:
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

    def _call(self, seconds: float, **call: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
        """Call the process, within what is left of the submission's time."""
        left = self._left()
        if left <= 0:
            self.end()
            raise self._over()
        try:
            return self._forked.call(min(seconds, left), **call)
        except TimedOut as late:
            frames = read_dump(self.workdir.read(STOOD))
            raise timed_out(frames, self._cells.line, slowed=late.slowed) from None

    def _over(self) -> TimedOut:
        """Return what is said when the time of the whole submission is up."""
        whole = self._forked.zygote.limits.wall_seconds
        return TimedOut(OVER, slowed=self._forked.stalled > SHARE * whole)

    def _left(self) -> float:
        """Return how many seconds the submission still has."""
        return self._end - time.monotonic()

    def kill(self) -> None:
        """SIGKILL the process, from any thread; a question that waits for its reply raises `Killed`.

        While another is being started, that's too late: what was to be killed has gone.
        """
        if not self._starting:
            self._forked.strike()

    def fetch(self, folder: PurePosixPath, name: str) -> Path:
        """Copy a file of the scratch folder to where only the judge is."""
        return self.workdir.fetch(folder, name)

    def serve(self, app: App) -> Server:
        """Have the server that the process can reach answer with `app`."""
        return self.workdir.serve(app)

    def end(self) -> None:
        """SIGKILL the process, and wait until it is gone."""
        self._forked.end()

    def close(self) -> None:
        """End the process, and remove its files."""
        self._forked.close()
