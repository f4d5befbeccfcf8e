"""Holds what an instructor may wish for of a grading run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.grading.job import Executor, Setup
from autograder.results.roster import Roster
from autograder.sandbox.limits import Limits
from autograder.sandbox.walls.tiers import Tier

AT_MOST_EACH = 8  #: submissions at a time for each processor, if nobody has said how many
LANES_MORE = 1  #: than processors judge the last submission side by side, since each of them mostly waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an instructor may wish for of a grading run."""

    executor: Callable[[Setup, int], Executor]  #: makes what does the work, so many submissions at a time
    seed: int | None = None  #: by default the one that the output folder has
    jobs: int | None = None  #: how many at a time at most; by default what the machine carries
    roster: Roster | None = None  #: who is enrolled; by default whoever was, or whom nbgrader knows by name
    again: bool = False  #: let no earlier result stand
    exercises: frozenset[str] = frozenset()  #: judge only these again, where the others have a result
    due: Mapping[str, datetime] = field(default_factory=dict[str, datetime])  #: by module
    gradebook: str | None = None  #: a database's URL; by default a file in the output folder
    config: Path | None = None  #: nbgrader's
    limits: Limits = field(default_factory=Limits)
    tier: Tier | None = None

    @property
    def lanes(self) -> int:
        """How many processes may judge one submission at a time, while no other is there to be graded."""
        usual = (os.cpu_count() or 1) + LANES_MORE
        return usual if self.jobs is None else max(1, min(usual, self.jobs))

    def at_most(self, entries: int) -> int:
        """Return how many of so many submissions may be graded at a time; the executor may choose fewer."""
        usual = AT_MOST_EACH * (os.cpu_count() or 1) if self.jobs is None else self.jobs
        return max(1, min(usual, entries))
