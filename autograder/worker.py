"""Starts the warm process that graded processes are forked from, and starts it again if one kills it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from autograder import jail
from autograder.channel import Channel
from autograder.isolation.tiers import Tier, find_tier
from autograder.limits import Limits
from autograder.process import Process
from autograder.scratch import scratch_folder

START_SECONDS = 60.0  #: how long the zygote may take to import LangGraph on a busy machine


class Zygote:
    """A warm process to fork graded processes from. Use it as a context manager.

    Args:
        limits: what each graded process may use.
        tier: what walls to put around it; by default the best that works here.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.

    Raises:
        RuntimeError: when it does not start; the text says what it printed last.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        tier: Tier | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._outer = dict(environment or {})
        self.limits = limits or Limits()
        self.tier = tier or find_tier()
        self.scratch = scratch_folder("grading-")
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = jail.command(self.scratch) if self.tier.name == "A" else []
        self._log = (self.scratch / "zygote.log").open("w+b")
        self._process = subprocess.Popen(
            [*words, sys.executable, "-m", "autograder.inside.zygote", str(inner.fileno())],
            pass_fds=[inner.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self.scratch,
            env=self._environment(),
            start_new_session=True,
        )
        inner.close()
        self._ready = False

    def _environment(self) -> dict[str, str]:
        packages = str(jail.PACKAGE.parent)
        return {
            **self._outer,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": packages,
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": str(self.scratch / "ipython"),
            "MALLOC_ARENA_MAX": "2",  # else each thread reserves address space of its own
            "LANGSMITH_TRACING": "false",
            "COURSE_GRADING": "1",
        }

    def wait_until_ready(self) -> None:
        """Wait for the imports; the first fork would, too."""
        if self._ready:
            return
        self._control.settimeout(START_SECONDS)
        with contextlib.suppress(TimeoutError):
            self._ready = self._control.recv(64) == b"ready"
        if not self._ready:
            self._log.seek(0)
            raise RuntimeError(f"the grading process did not start: {self._log.read()[-1500:].decode()}")

    def fork(self, folder: Path) -> Channel:
        """Start a graded process in `folder`, and return the line to it."""
        self.wait_until_ready()
        limits = {
            name: getattr(self.limits, name)
            for name in ("cpu_seconds", "memory_bytes", "file_bytes", "processes")
        }
        request = json.dumps({"folder": str(folder), "limits": limits}).encode()
        for attempt in (1, 2):
            channel, inner = socket.socketpair()
            try:
                socket.send_fds(self._control, [request], [inner.fileno()])
                data, descriptors, _, _ = socket.recv_fds(self._control, 64, 1)
                if data:
                    return Channel(channel, descriptors[0])
            except OSError:
                pass
            finally:
                inner.close()
            channel.close()
            if attempt == 1:  # a graded process has killed the zygote: it costs a start, no result
                self._stop()
                self._start()
                self.wait_until_ready()
        raise RuntimeError("the grading process died twice in a row: is there memory left?")

    def submission(self, cells: list[str], *, cell_seconds: float = 20.0) -> Process:
        """Return a process in which `cells` have been run. Close it after use."""
        return Process(self, cells, cell_seconds=cell_seconds)

    def _stop(self) -> None:
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()

    def close(self) -> None:
        """End the zygote and all its children, and remove the scratch folder."""
        self._stop()
        shutil.rmtree(self.scratch, ignore_errors=True)
