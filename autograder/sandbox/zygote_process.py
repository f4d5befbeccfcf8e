"""Starts, restarts and stops the zygote process, and talks to it over its control socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.sandbox.inside.cleanup import remove_tree
from autograder.sandbox.inside.mounted_workdirs import USERS
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.preload import PRELOAD
from autograder.sandbox.scratch import scratch_folder
from autograder.sandbox.walls import bubblewrap, seccomp
from autograder.sandbox.walls.cgroup import ControlGroup, make
from autograder.sandbox.walls.tiers import OPTIONAL, Tier
from autograder.sandbox.zygote_start import BranchedZygote, NewZygote, Start, control_line, environment

FIRST_USER = 1 << 28  #: far above any user that a machine has
START_SECONDS = 60.0  #: how long it may take to import LangGraph on a busy machine
ANSWER_SECONDS = 30.0  #: for one request; a fork takes 5 ms


class ZygoteDied(RuntimeError):
    """The zygote has ended, and nobody had asked it to."""


class ZygoteProcess:
    """The zygote's process, its scratch folder and its control group: started, restarted and closed here.

    It prepares itself while we do something else.

    Args:
        tier: what walls to put around it.
        limits: what each submission may use.
        environment: variables for it. By default it gets none of the grader's: they may hold keys.
        preload: what it is to import; nothing is enough to try the walls.
        branch: a zygote to take, in place of one that is started anew; another's `branch` makes one.

    Raises:
        OSError: there is no libseccomp to build the walls with.
        RuntimeError: what must stay secret lies where learners' code may read.
    """

    def __init__(
        self,
        tier: Tier,
        limits: Limits,
        *,
        environment: Mapping[str, str] | None = None,
        preload: Sequence[str] = PRELOAD,
        branch: BranchedZygote | None = None,
    ) -> None:
        if tier.name != "none":
            bubblewrap.check_secrets()
        self.tier, self.limits = tier, limits
        self._preload, self._outer = tuple(preload), dict(environment or {})
        self.scratch = scratch_folder("grading-")
        self._workdirs = bubblewrap.WORKDIRS if tier.name == "A" else str(self.scratch)
        self._group: ControlGroup | None = None
        self._one_request = threading.Lock()
        try:
            self._settings = self._told_to_it()
            self._group = make(limits) if tier.name != "none" and preload else None
            self._begin(branch or self._new())
        except BaseException:
            self._remove()
            raise

    def _new(self) -> NewZygote:
        told = environment(self._workdirs, self._outer, walled=self.tier.name != "none")
        group, walls = self._group, bubblewrap.command() if self.tier.name == "A" else []
        return NewZygote([*(group.command() if group else []), *walls], self.scratch, told)

    def _begin(self, start: Start) -> None:
        self._start, self._told = start, False
        self.report: dict[str, str] | None = None  #: what is wrong with each wall; none until it is ready
        if isinstance(start, NewZygote):
            self._tell(start.pid())

    def _tell(self, pid: int) -> None:
        """Say how to work, to one that is in its control group."""
        self._told = True
        users = FIRST_USER + pid * USERS  # the kernel counts processes by user, over zygotes
        with contextlib.suppress(OSError):  # it did not even start: `wait` says so
            self._start.control.send(json.dumps({**self._settings, "first_user": users}).encode())

    def branch(self) -> BranchedZygote:
        """Have it fork another zygote as soon as it is warm; no answer is waited for, and none comes here.

        Raises:
            RuntimeError: see `wait`, of one that is a branch itself.
        """
        if not self._told:  # a branch that hasn't been told how to work would take this for it
            self.wait()
        ours, theirs = control_line()
        with theirs, contextlib.suppress(OSError):  # it has ended: whoever waits for the branch learns of it
            socket.send_fds(self._start.control, [b'{"op": "branch"}'], [theirs.fileno()])
        return BranchedZygote(ours, self._start.log)

    def _told_to_it(self) -> dict[str, Any]:
        """Return what `inside.confine.Settings` holds."""
        canary = self.scratch / "canary"
        canary.write_text("no learners' code may read this")
        return {
            "tier": self.tier.name,
            "workdirs": self._workdirs,
            "readable": list(bubblewrap.readable()),
            "preload": list(self._preload),
            "canary": str(canary),
            "filter": seccomp.program_for(self.tier, Needs()),
        }

    @property
    def pid(self) -> int:
        """The process that all learners' processes of this zygote end with."""
        return self._start.pid(START_SECONDS)

    def wait(self) -> dict[str, str]:
        """Wait until it is ready; return what is wrong with each of its walls.

        Raises:
            RuntimeError: it did not start, or its walls do not hold.
        """
        if self.report is None:
            with contextlib.suppress(TimeoutError, ValueError, OSError):
                self.report = self._ready()
        if self.report is None:
            raise ZygoteDied(f"the grading process did not start: {self._start.said()}")
        broken = [f"{name}: {fault}" for name, fault in self.report.items() if fault and name not in OPTIONAL]
        if broken and self._preload:
            raise RuntimeError(f"the walls around learners' code do not hold: {'; '.join(broken)}")
        return self.report

    def _ready(self) -> dict[str, str]:
        if not self._told:
            pid = self._start.pid(START_SECONDS)
            if self._group:
                self._group.add(pid)
            self._tell(pid)
        self._start.control.settimeout(START_SECONDS)
        return json.loads(self._start.control.recv(1 << 16))["ready"]

    def request(self, descriptors: Sequence[int] = (), **words: object) -> tuple[dict[str, Any], list[int]]:
        """Ask it for something; return its answer, and the descriptors that came with it.

        Raises:
            ZygoteDied: it has ended.
        """
        self.wait()
        control = self._start.control
        try:
            with self._one_request:  # tests may kill and ask from threads of their own
                control.settimeout(ANSWER_SECONDS)
                socket.send_fds(control, [json.dumps(words).encode()], list(descriptors))
                data, received, _, _ = socket.recv_fds(control, 1 << 16, 2)
        except OSError as error:
            raise ZygoteDied(f"the grading process has ended ({error}): is there memory left?") from None
        if not data:
            raise ZygoteDied("the grading process has ended: is there memory left?")
        return json.loads(data), received

    def restart(self) -> None:
        """End the process with all its children, and start another in its place."""
        self._start.end()
        self._begin(self._new())

    def let_go(self) -> None:
        """Leave it to the process that this is a fork of: it's to end with that one, and not with this."""
        self._start.control.close()

    def out_of_memory(self) -> int:
        """Return how many processes the kernel has killed for want of memory, where that is counted."""
        return self._group.out_of_memory() if self._group else 0

    def close(self) -> None:
        """End the zygote with all its children, and remove what they left. Twice does no harm."""
        self._start.end()
        self._remove()

    def _remove(self) -> None:
        if self._group:
            self._group.close()
        remove_tree(str(self.scratch))
