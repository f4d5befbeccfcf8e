"""Measures how much processor and memory this machine has left, within the control groups that we are in."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

GROUPS = Path("/sys/fs/cgroup")
OURS = Path("/proc/self/cgroup")
NOTHING = 1 << 60  #: a bound above this is none


class Machine:
    """What is left of the machine, or of the part of it that we may use.

    Attributes:
        processors: how many we may use; a group's bound may allow half a one.
    """

    def __init__(self) -> None:
        self._groups = [*_groups("cpu,cpuacct"), *_groups("cpuacct"), *_groups("cpu"), *_groups("")]
        self._memory = [*_groups("memory"), *_groups("")]
        allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._bound = min(filter(None, map(_processors, self._groups)), default=None)
        self.processors = min(float(allowed), self._bound or allowed)
        self._last = self._now()

    def idle_processors(self) -> float:
        """Return how many processors were idle on average since this was last called."""
        before, self._last = self._last, self._now()
        seconds, idle, used = (now - then for now, then in zip(self._last, before, strict=True))
        if seconds <= 0:
            return 0.0
        left = idle / seconds
        if self._bound:
            left = min(left, self._bound - used / seconds)
        return max(0.0, min(left, self.processors))

    def free_bytes(self) -> int:
        """Return how much memory can be used without any being swapped out, or anybody killed for it."""
        return max(0, min([psutil.virtual_memory().available, *map(_room, self._memory)]))

    def _now(self) -> tuple[float, float, float]:
        """Return the time, the idle seconds of all processors, and those that our group has used."""
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        return time.monotonic(), idle, max(map(_used, self._groups), default=0.0) if self._bound else 0.0


def _groups(controller: str) -> list[Path]:
    """Return the folders of our control group and of those around it; no controller stands for version 2."""
    with suppress(OSError):
        for line in OURS.read_text().splitlines():
            _, names, path = line.split(":", 2)
            if names == controller:
                own = GROUPS / controller / path.strip("/")
                around = [own, *own.parents]
                return [
                    folder
                    for folder in around
                    if folder.is_relative_to(GROUPS / controller) and folder.is_dir()
                ]
    return []


def _processors(group: Path) -> float | None:
    """Return how many processors a group may use; none if there's no bound."""
    quota, period = [*_words(group / "cpu.max"), "", ""][:2]
    if not quota:
        quota, period = (" ".join(_words(group / f"cpu.cfs_{name}_us")) for name in ("quota", "period"))
    bounded = quota.isdecimal() and period.isdecimal() and int(period)
    return int(quota) / int(period) if bounded else None


def _used(group: Path) -> float:
    """Return the processor seconds that a group has used."""
    match _words(group / "cpu.stat"), _words(group / "cpuacct.usage"):
        case ["usage_usec", micros, *_], _:
            return int(micros) / 1e6
        case _, [nanos]:
            return int(nanos) / 1e9
        case _:
            return 0.0


def _room(group: Path) -> int:
    """Return the memory that a group may still use; files that it has read give way."""
    bounds = _words(group / "memory.max") or _words(group / "memory.limit_in_bytes")
    used = _words(group / "memory.current") or _words(group / "memory.usage_in_bytes")
    if not (bounds and used and bounds[0].isdecimal() and int(bounds[0]) < NOTHING):
        return NOTHING
    words = _words(group / "memory.stat")
    stat = dict(zip(words[::2], words[1::2], strict=False))
    files = int(stat.get("total_inactive_file") or stat.get("inactive_file") or 0)
    return int(bounds[0]) - int(used[0]) + files


def _words(file: Path) -> list[str]:
    with suppress(OSError):
        return file.read_text().split()
    return []
