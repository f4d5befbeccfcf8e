"""What a zygote has of the machine: its process, scratch folder and control group. Begun and ended here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autograder.sandbox.inside.cleanup import remove_tree
from autograder.sandbox.launch import Launched
from autograder.sandbox.limits import Limits
from autograder.sandbox.preload import PRELOAD
from autograder.sandbox.scratch import scratch_folder
from autograder.sandbox.walls.cgroup import ControlGroup, make
from autograder.sandbox.walls.tiers import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A zygote that was started: it prepares itself."""

    tier: Tier
    limits: Limits
    scratch: Path
    group: ControlGroup | None
    launched: Launched
    launch: Callable[[], Launched]  #: starts it once more

    def again(self) -> Start:
        """End the process, and start another in its place."""
        self.launched.stop()
        return replace(self, launched=self.launch())

    def close(self) -> None:
        """End the zygote and all its children, and remove what they left. Twice does no harm."""
        self.launched.stop()
        if self.group:
            self.group.close()
        remove_tree(str(self.scratch))


def begin(
    tier: Tier,
    limits: Limits,
    *,
    environment: Mapping[str, str] | None = None,
    preload: Sequence[str] = PRELOAD,
) -> Start:
    """Start a zygote.

    Args:
        tier: what walls to put around it.
        limits: what each submission may use.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.
        preload: what it is to import; nothing is enough to try the walls.

    Raises:
        OSError: there is no libseccomp to build the walls with.
        RuntimeError: what must stay secret lies where learners' code may read.
    """
    scratch = scratch_folder("grading-")
    group = make(limits) if tier.name != "none" and preload else None
    launch = partial(
        Launched, tier, scratch, group=group, environment=dict(environment or {}), preload=preload
    )
    return Start(tier=tier, limits=limits, scratch=scratch, group=group, launched=launch(), launch=launch)
