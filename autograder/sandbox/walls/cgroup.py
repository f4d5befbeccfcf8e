"""Bounds the memory and processes of a zygote with all its children by a control group.

Needs root, or a part of the tree that was delegated to us. The zygote joins once and its children inherit:
moving each child would cost up to 10 ms.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.limits import Limits

ROOT = Path("/sys/fs/cgroup")
WARM_BYTES = 1 << 30  #: what a zygote may use besides its submission
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """One group, in each hierarchy that it needs: one in version 2, two in version 1."""

    folders: list[Path]

    def command(self) -> list[str]:
        """Return the words that go before a command to run it in the group."""
        join = 'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"'
        return ["/bin/sh", "-c", join, "sh", *(f"{folder}/cgroup.procs" for folder in self.folders), "--"]

    def add(self, pid: int) -> None:
        """Move a process here; what it forks from then on is here too.

        Raises:
            OSError: it has ended.
        """
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def out_of_memory(self) -> int:
        """Return how many processes the kernel has killed here for want of memory."""
        name = "memory.oom_control" if len(self.folders) > 1 else "memory.events"
        words = dict(line.split()[:2] for line in (self.folders[0] / name).read_text().splitlines())
        return int(words.get("oom_kill", 0))

    def close(self) -> None:
        """Remove the group; its processes must be gone, which the kernel may learn a little late."""
        for folder in self.folders:
            for _ in range(50):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                time.sleep(0.02)


def make(limits: Limits) -> ControlGroup | None:
    """Make a group with room for a zygote and one submission. `None`: not allowed here."""
    memory = WARM_BYTES + limits.memory_bytes + 2 * limits.disk_bytes
    processes = limits.processes + 64
    name = f"course-{os.getpid()}-{next(_numbers)}"
    plan = {"": {"memory.max": memory, "memory.swap.max": 0, "pids.max": processes}}
    if (ROOT / "memory").is_dir():  # version 1
        plan = {"memory": {"memory.limit_in_bytes": memory}, "pids": {"pids.max": processes}}
    made: list[Path] = []
    try:
        for hierarchy, values in plan.items():
            folder = ROOT / hierarchy / name
            folder.mkdir()
            made.append(folder)
            for file, value in values.items():
                if (folder / file).exists() or file != "memory.swap.max":
                    (folder / file).write_text(str(value))
    except OSError:
        ControlGroup(made).close()
        return None
    return ControlGroup(made)


def sweep() -> None:
    """Remove the groups of graders that were killed."""
    for folder in (*ROOT.glob("course-*"), *ROOT.glob("*/course-*")):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
