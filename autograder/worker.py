"""The warm process that graded processes are forked from, seen from the trusted side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Self

from autograder.box import Box
from autograder.channel import Channel
from autograder.inside.walls import HOME
from autograder.isolation import filters
from autograder.isolation.preload import PRELOAD
from autograder.isolation.start import Start, begin
from autograder.isolation.tiers import Tier, find_tier
from autograder.limits import Limits, Needs
from autograder.outcomes import Killed
from autograder.process import Process


class Zygote:
    """A warm process to fork graded processes from. Use it as a context manager.

    It starts to import LangGraph at once; whoever needs it first waits until it has.

    Args:
        limits: what each submission may use.
        tier: what walls to put around it; by default the best that works here.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.
        bare: import no library: enough to try the walls.
        start: one that was begun before, to be used in place of a new one.

    Raises:
        OSError: there is no libseccomp to build the walls with.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        tier: Tier | None = None,
        environment: Mapping[str, str] | None = None,
        bare: bool = False,
        start: Start | None = None,
    ) -> None:
        preload = () if bare else PRELOAD
        self._start = start or begin(
            tier or find_tier(), limits or Limits(), environment=environment, preload=preload
        )
        self.limits, self.tier, self.scratch = self._start.limits, self._start.tier, self._start.scratch
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process, which leads a process group of its own."""
        return self._start.launched.pid

    def wait_until_ready(self) -> dict[str, str]:
        """Wait for the imports, as the first submission would; return what is wrong with each wall.

        Raises:
            RuntimeError: it did not start, or its walls do not hold; the text says why.
        """
        return self._start.launched.wait()

    def restart(self) -> None:
        """Start it again after its death: that costs a start and its boxes, but no result."""
        self._start = self._start.again()

    def submission(
        self, cells: list[str], *, cell_seconds: float | None = None, needs: Needs | None = None
    ) -> Process:
        """Return a process in which `cells` have been run. Close it after use."""
        seconds = self.limits.cell_seconds if cell_seconds is None else cell_seconds
        return Process(self, cells, cell_seconds=seconds, needs=needs or Needs())

    def open_box(self, needs: Needs) -> Box:
        """Make a scratch folder for a submission.

        Raises:
            ZygoteDied: see `restart`.
            Killed: it needs processes, which tier B cannot end again.
        """
        if needs.processes and self.tier.name == "B":
            raise Killed(
                "this exercise starts processes, which cannot be contained here: see `course doctor`"
            )
        name, walls = f"box{next(self._numbers)}", self.tier.name == "A"
        limits = needs.within(self.limits)
        answer, descriptors = self._start.launched.request(
            op="open", box=name, server=needs.server, disk_bytes=limits.disk_bytes, files=limits.files
        )
        folder = PurePosixPath(HOME) if walls else PurePosixPath(self.scratch, name)
        return Box(name, folder, needs, descriptors, port=answer["port"], limits=limits, walls=walls)

    def fork(self, box: Box) -> Channel:
        """Start a process in a box, and return the line to it.

        Raises:
            ZygoteDied: see `restart`.
        """
        ours, theirs = Channel.pair()
        with theirs:
            _, descriptors = self._start.launched.request(
                [theirs.fileno()],
                op="fork",
                box=box.name,
                limits=box.limits.words(),
                filter=filters.program_for(self.tier, box.needs),
                port=box.port,
            )
        return Channel(ours, descriptors[0], watch=box.watch)

    def close_box(self, box: Box) -> None:
        """Remove a scratch folder with all that is in it."""
        box.close()
        self._start.launched.request(op="close", box=box.name)

    def out_of_memory(self) -> int:
        """Return how many processes the kernel has killed for want of memory, where that is counted."""
        return self._start.group.out_of_memory() if self._start.group else 0

    def close(self) -> None:
        """End the zygote and all its children, and remove what they left."""
        self._start.close()
