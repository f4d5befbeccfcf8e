"""Opens workdirs and forks graded processes, from the trusted side of the zygote."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Self

from autograder.sandbox.cell_runs import CellRuns
from autograder.sandbox.channel import Channel
from autograder.sandbox.forked import ForkedProcess
from autograder.sandbox.inside.confine import HOME
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.outcomes import Killed
from autograder.sandbox.preload import PRELOAD
from autograder.sandbox.process import Process
from autograder.sandbox.walls import seccomp
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.workdir import Workdir
from autograder.sandbox.zygote_process import ZygoteProcess
from autograder.sandbox.zygote_start import BranchedZygote


class ZygoteClient:
    """A warm process to fork graded processes from. Use it as a context manager.

    It starts to import LangGraph at once; whoever needs it first waits until it has.

    Args:
        tier: what walls to put around it; `find_tier` finds the best that works here.
        limits: what each submission may use.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.
        bare: import no library: enough to try the walls.
        branch: a fork of a warm zygote, to be used in place of a new process.

    Raises:
        OSError: there is no libseccomp to build the walls with.
    """

    def __init__(
        self,
        *,
        tier: Tier,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        bare: bool = False,
        branch: BranchedZygote | None = None,
    ) -> None:
        preload = () if bare else PRELOAD
        self._process = ZygoteProcess(
            tier, limits or Limits(), environment=environment, preload=preload, branch=branch
        )
        self.limits, self.tier, self.scratch = self._process.limits, self._process.tier, self._process.scratch
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The zygote's process: when it is killed, all learners' processes go with it."""
        return self._process.pid

    def branch(self) -> BranchedZygote:
        """Have it fork another zygote, for another client; nothing is waited for."""
        return self._process.branch()

    def let_go(self) -> None:
        """Leave its zygote to the process that this one is a fork of."""
        self._process.let_go()

    def wait_until_ready(self) -> dict[str, str]:
        """Wait for the imports, as the first submission would; return what is wrong with each wall.

        Raises:
            RuntimeError: it did not start, or its walls do not hold; the text says why.
        """
        return self._process.wait()

    def check(self) -> None:
        """Make sure that it lives: a process of its that is gone may have gone with it.

        Raises:
            ZygoteDied: it does not.
        """
        self._process.request(op="check")

    def restart(self) -> None:
        """Start it again after its death: that costs a start and its workdirs, but no result."""
        self._process.restart()

    def submission(
        self, cells: list[str], *, cell_seconds: float | None = None, needs: Needs | None = None
    ) -> Process:
        """Return a process in which `cells` have been run. Close it after use."""
        seconds = self.limits.cell_seconds if cell_seconds is None else cell_seconds
        runs = CellRuns(cells, output_bytes=self.limits.output_bytes)
        forked, end = ForkedProcess(self, needs or Needs()), time.monotonic() + self.limits.wall_seconds
        return Process(forked, runs, cell_seconds=seconds, end=end).begin()

    def open_workdir(self, needs: Needs) -> Workdir:
        """Make a scratch folder for a submission.

        Raises:
            ZygoteDied: see `restart`.
            Killed: it needs processes, which tier B cannot end again.
        """
        if needs.processes and self.tier.name == "B":
            raise Killed(
                "this exercise starts processes, which cannot be contained here: see `course doctor`"
            )
        name, walls = f"workdir{next(self._numbers)}", self.tier.name == "A"
        limits = needs.within(self.limits)
        answer, descriptors = self._process.request(
            op="open", workdir=name, server=needs.server, disk_bytes=limits.disk_bytes, files=limits.files
        )
        folder = PurePosixPath(HOME) if walls else PurePosixPath(self.scratch, name)
        return Workdir(name, folder, needs, descriptors, port=answer["port"], limits=limits, walls=walls)

    def fork(self, workdir: Workdir) -> Channel:
        """Start a process in a workdir, and return the line to it.

        Raises:
            ZygoteDied: see `restart`.
        """
        ours, theirs = Channel.pair()
        with theirs:
            _, descriptors = self._process.request(
                [theirs.fileno()],
                op="fork",
                workdir=workdir.name,
                limits=workdir.limits.words(),
                filter=seccomp.program_for(self.tier, workdir.needs),
                port=workdir.port,
            )
        return Channel(ours, descriptors[0], watch=workdir.watch)

    def close_workdir(self, workdir: Workdir) -> None:
        """Remove a scratch folder with all that is in it."""
        workdir.close()
        self._process.request(op="close", workdir=workdir.name)

    def out_of_memory(self) -> int:
        """Return how many processes the kernel has killed for want of memory, where that is counted."""
        return self._process.out_of_memory()

    def close(self) -> None:
        """End the zygote and all its children, and remove what they left."""
        self._process.close()
