"""Starts a zygote behind the outer walls, and speaks with it over its control socket."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.isolation import bubblewrap, filters
from autograder.isolation.cgroup import ControlGroup
from autograder.isolation.tiers import OPTIONAL, Tier
from autograder.limits import Needs

START_SECONDS = 60.0  #: how long it may take to import LangGraph on a busy machine
ANSWER_SECONDS = 30.0  #: for one request; a fork takes 5 ms


class ZygoteDied(RuntimeError):
    """The zygote has ended, and nobody had asked it to."""


class Launched:
    """A zygote's process. It prepares itself while we do something else.

    Raises:
        OSError: there is no libseccomp to build the walls with.
    """

    def __init__(
        self,
        tier: Tier,
        folder: Path,
        *,
        group: ControlGroup | None,
        environment: Mapping[str, str],
        preload: Sequence[str],
    ) -> None:
        if tier.name != "none":
            bubblewrap.check_secrets()
        self._tier, self._folder, self._bare = tier, folder, not preload
        self._boxes = bubblewrap.BOXES if tier.name == "A" else str(folder)
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [*(group.command() if group else []), *(bubblewrap.command() if tier.name == "A" else [])]
        self._log = (folder / "zygote.log").open("w+b")
        self._process = subprocess.Popen(
            [*words, sys.executable, "-m", "autograder.inside.zygote", str(inner.fileno())],
            pass_fds=[inner.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=folder,
            env=self._environment(environment),
            start_new_session=True,
        )
        inner.close()
        self.report: dict[str, str] | None = None  #: what is wrong with each wall; none until it is ready
        with contextlib.suppress(OSError):  # it did not even start: `wait` says so
            self._control.send(json.dumps(self._settings(preload)).encode())

    def _settings(self, preload: Sequence[str]) -> dict[str, Any]:
        """Return what `inside.walls.Settings` holds."""
        canary = self._folder / "canary"
        canary.write_text("no learners' code may read this")
        return {
            "tier": self._tier.name,
            "boxes": self._boxes,
            "readable": list(bubblewrap.readable()),
            "preload": list(preload),
            "canary": str(canary),
            "filter": filters.program_for(self._tier, Needs()),
        }

    def _environment(self, outer: Mapping[str, str]) -> dict[str, str]:
        return {
            **outer,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(bubblewrap.PACKAGE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": f"{self._boxes}/ipython",
            "MALLOC_ARENA_MAX": "2",  # else each thread reserves address space of its own
            "LANGSMITH_TRACING": "false",
            "COURSE_GRADING": "1",
        }

    @property
    def pid(self) -> int:
        """Its process, which leads a process group of its own."""
        return self._process.pid

    def wait(self) -> dict[str, str]:
        """Wait until it is ready; return what is wrong with each of its walls.

        Raises:
            RuntimeError: it did not start, or its walls do not hold.
        """
        if self.report is None:
            self._control.settimeout(START_SECONDS)
            with contextlib.suppress(TimeoutError, ValueError, ConnectionError):
                self.report = json.loads(self._control.recv(1 << 16))["ready"]
        if self.report is None:
            self._log.seek(0)
            raise RuntimeError(f"the grading process did not start: {self._log.read()[-1500:].decode()}")
        broken = [f"{name}: {fault}" for name, fault in self.report.items() if fault and name not in OPTIONAL]
        if broken and not self._bare:
            raise RuntimeError(f"the walls around learners' code do not hold: {'; '.join(broken)}")
        return self.report

    def request(self, descriptors: Sequence[int] = (), **words: object) -> tuple[dict[str, Any], list[int]]:
        """Ask it for something; return its answer, and the descriptors that came with it.

        Raises:
            ZygoteDied: it has ended.
        """
        self.wait()
        self._control.settimeout(ANSWER_SECONDS)
        try:
            socket.send_fds(self._control, [json.dumps(words).encode()], list(descriptors))
            data, received, _, _ = socket.recv_fds(self._control, 1 << 16, 2)
        except OSError as error:
            raise ZygoteDied(f"the grading process has ended ({error}): is there memory left?") from None
        if not data:
            raise ZygoteDied("the grading process has ended: is there memory left?")
        return json.loads(data), received

    def leave(self) -> None:
        """Let go of the line: a process that we forked has it too, and the zygote is to end with that one."""
        self._control.close()

    def stop(self) -> None:
        """End it, and with it all its children."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
