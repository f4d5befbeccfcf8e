"""Runs a command and tells what it cost: seconds, processor seconds, the memory of its own process."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import IO

from benchmarks.grading.processor import busy

SCRIPTS = Path(sys.executable).parent
LOOK = 0.2  #: seconds between two looks at a command's memory
GRACE = 10  #: seconds that a command has to end after Ctrl-C
WINDOW = 100  #: submissions between two marks
Mark = tuple[int, float, float]
"""Lines on stderr so far, seconds since the start, and processor seconds of all processes since then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost."""

    count: int  #: submissions
    seconds: float
    cpu: float  #: seconds of all processors
    peak_mb: float = 0.0  #: the most memory that the command's own process held, its children apart
    start_seconds: float = 0.0  #: until its first line on stderr
    start_cpu: float = 0.0
    marks: tuple[Mark, ...] = ()  #: one every hundred submissions

    def drift(self, of: int) -> float:
        """How much more the last submissions cost than the first, as a part of the first.

        By the Theil–Sen line (the median of the slopes between any two) through what each window of a hundred
        cost: a window in which the machine did something else does not bend it.

        Args:
            of: 1 for seconds, 2 for processor seconds.
        """
        costs = [late[of] - early[of] for early, late in pairwise(self.marks)]
        slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(costs), 2)]
        slope = statistics.median(slopes)
        first = statistics.median(cost - slope * i for i, cost in enumerate(costs))
        return slope * (len(costs) - 1) / first

    @property
    def each(self) -> float:
        """Seconds for each submission after the first."""
        return (self.seconds - self.start_seconds) / max(1, self.count - 1)

    @property
    def cpu_each(self) -> float:
        """Processor seconds for each submission after the first."""
        return (self.cpu - self.start_cpu) / max(1, self.count - 1)


def run(words: Sequence[str], *, folder: Path, count: int = 1, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command of this environment to its end, and tell what it cost.

    Raises:
        SystemExit: it failed; the text is the end of what it said.
    """
    with (folder / "said.txt").open("w+b") as said:
        started, cpu = time.perf_counter(), busy()
        process = subprocess.Popen(
            [str(SCRIPTS / words[0]), *words[1:]],
            cwd=folder,
            env=_environment(folder, env or {}),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        try:
            marks, peak = _follow(process, said)
        finally:
            _end(process)
        seconds, cpu_seconds = time.perf_counter() - started, busy() - cpu
        if process.returncode:
            said.seek(0)
            text = said.read()[-3000:].decode(errors="replace")
            raise SystemExit(f"`{' '.join(words)}` failed with exit code {process.returncode}:\n{text}")
    _, at, at_cpu = marks[0] if marks else (0, started, cpu)
    return Cost(
        count=count,
        seconds=seconds,
        cpu=cpu_seconds,
        peak_mb=peak / 1024,
        start_seconds=at - started,
        start_cpu=at_cpu - cpu,
        marks=tuple((lines, then - started, then_cpu - cpu) for lines, then, then_cpu in marks[1:]),
    )


def _follow(process: subprocess.Popen[bytes], said: IO[bytes]) -> tuple[list[Mark], int]:
    """Wait for the end; return marks, of the first line on stderr too, and the most memory seen, in KB."""
    assert process.stderr
    errors, ended = process.stderr.fileno(), os.pidfd_open(process.pid)
    marks: list[Mark] = []
    lines, peak, watched = 0, 0, [errors, ended]
    try:
        while ended in watched:
            ready, _, _ = select.select(watched, [], [], LOOK)
            peak = max(peak, _peak(process.pid))
            if errors in ready:
                piece = os.read(errors, 65536)
                said.write(piece)
                before, lines = lines, lines + piece.count(b"\n")
                if lines // WINDOW > before // WINDOW or not marks:
                    marks.append((lines, time.perf_counter(), busy()))
                if not piece:
                    watched.remove(errors)
            elif ended in ready:  # and nothing is left to read
                watched.remove(ended)
    finally:
        os.close(ended)
    return marks, peak


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """See to it that a command and all it started have ended: gently, as by Ctrl-C, and then by force."""
    if process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.send_signal(signal.SIGINT)
            process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stderr:
        process.stderr.close()


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Nobody's own settings count, and what nbgrader calls by name is found beside it."""
    return {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "IPYTHONDIR": str(folder / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / ".jupyter"),
        **more,
    }
