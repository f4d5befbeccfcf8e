"""The warm process that graded processes are forked from, seen from the trusted side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Self

from autograder.box import Box
from autograder.channel import Channel
from autograder.inside.removal import remove_tree
from autograder.inside.walls import HOME
from autograder.isolation import cgroup, filters
from autograder.isolation.launch import Launched
from autograder.isolation.preload import PRELOAD
from autograder.isolation.tiers import Tier, find_tier
from autograder.limits import Limits, Needs
from autograder.outcomes import Killed
from autograder.process import Process
from autograder.scratch import scratch_folder


class Zygote:
    """A warm process to fork graded processes from. Use it as a context manager.

    It starts to import LangGraph at once; whoever needs it first waits until it has.

    Args:
        limits: what each submission may use.
        tier: what walls to put around it; by default the best that works here.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.
        bare: import no library: enough to try the walls.

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
    ) -> None:
        self._environment, self._preload = dict(environment or {}), () if bare else PRELOAD
        self.limits, self.tier = limits or Limits(), tier or find_tier()
        self.scratch = scratch_folder("grading-")
        self._numbers = itertools.count()
        walls = self.tier.name != "none"
        self._group = cgroup.make(self.limits) if walls and not bare else None
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._launched = Launched(
            self.tier,
            self.scratch,
            group=self._group,
            environment=self._environment,
            preload=self._preload,
        )

    def wait_until_ready(self) -> dict[str, str]:
        """Wait for the imports, as the first submission would; return what is wrong with each wall.

        Raises:
            RuntimeError: it did not start, or its walls do not hold; the text says why.
        """
        return self._launched.wait()

    def restart(self) -> None:
        """Start it again after its death: that costs a start and its boxes, but no result."""
        self._launched.stop()
        self._start()

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
        answer, descriptors = self._launched.request(
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
            _, descriptors = self._launched.request(
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
        self._launched.request(op="close", box=box.name)

    def out_of_memory(self) -> int:
        """Return how many processes the kernel has killed for want of memory, where that is counted."""
        return self._group.out_of_memory() if self._group else 0

    def close(self) -> None:
        """End the zygote and all its children, and remove what they left."""
        self._launched.stop()
        if self._group:
            self._group.close()
        remove_tree(str(self.scratch))
