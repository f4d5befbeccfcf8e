"""Forks graded processes from a warm one that has imported LangGraph, and nothing of ours.

Run as `python -m autograder.sandbox.inside.zygote_server FD`. Importing LangGraph takes 2 s, a fork 5 ms.
Children inherit its memory, so it never holds a test, an expected value, a gradebook path or a key.

Its control socket takes one JSON request at a time: `open` and `close` a workdir, `fork` a child in one, or
`branch`: fork another zygote, as warm as this one.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

from autograder.sandbox.inside import landlock, syscalls
from autograder.sandbox.inside.confine import CHANNEL, WORKDIRS_BYTES, Settings, confine, only_channel
from autograder.sandbox.inside.mounted_workdirs import Workdirs
from autograder.sandbox.inside.selftest import examine

if TYPE_CHECKING:
    from autograder.sandbox.inside.shell import Shell


def main() -> None:
    """Prepare, try the walls, say `ready`, and answer requests until the control socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    settings = _settings(control)
    gc.disable()  # while nothing but modules is made: a tenth of the imports' time
    shell = prepare(settings)
    # A thread would not survive the fork, but a lock that it holds would: the child would hang.
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every page that children share
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    ZygoteServer(control, settings, shell).serve()


def _settings(control: socket.socket) -> Settings:
    """Wait to be told how to work; end where nobody is left to tell."""
    told = control.recv(1 << 17)
    return Settings(**json.loads(told)) if told else sys.exit()


def prepare(settings: Settings) -> Shell | None:
    """Import what learners' code will, and run a little of it."""
    warnings.simplefilter("ignore")
    if not settings.preload:
        return None
    from autograder.sandbox.inside.warmup import warm

    return warm(settings.preload)


def branched(control: socket.socket, shell: Shell | None) -> ZygoteServer:
    """Make this fork a zygote that shares nothing with the one it comes from but memory, which is copied."""
    pidfd = os.pidfd_open(os.getpid())
    socket.send_fds(control, [b"here"], [pidfd])
    os.close(pidfd)
    settings = _settings(control)  # told only now that it's in a control group of its own
    if settings.tier == "A":
        own = syscalls.NEW_MOUNTS | syscalls.NEW_NETWORK | syscalls.NEW_IPC | syscalls.NEW_UTS
        syscalls.unshare(own)
        flags = syscalls.NO_SETUID | syscalls.NO_DEVICES
        syscalls.mount("tmpfs", settings.workdirs, "tmpfs", flags, f"mode=0755,size={WORKDIRS_BYTES}")
    return ZygoteServer(control, settings, shell)


class ZygoteServer:
    """Answers the trusted side's requests."""

    def __init__(self, control: socket.socket, settings: Settings, shell: Shell | None) -> None:
        self.control, self.settings, self.shell = control, settings, shell
        self.workdirs = Workdirs(
            folder=settings.workdirs, walls=settings.tier == "A", first_user=settings.first_user
        )
        self.processes: int | None = None
        if settings.tier == "A":
            self.processes = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def serve(self) -> None:
        """Try the walls, say `ready`, and answer requests until the control socket closes."""
        self.control.send(json.dumps({"ready": self.trial()}).encode())
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.control, 1 << 17, 1)
            if not data:
                return
            request, sent, answer = json.loads(data), list[int](), dict[str, Any]()
            match request["op"]:
                case "branch":
                    self.branch(descriptors[0])  # whoever asked for it goes on, and hears from the branch
                    continue
                case "open":
                    sent, answer["port"] = self.workdirs.open(request)
                case "close":
                    self.workdirs.close(request["workdir"])
                case "check":
                    pass  # the answer says that it lives
                case _:
                    sent = [self.fork(request, descriptors[0])]
            socket.send_fds(self.control, [json.dumps(answer).encode()], sent)
            for descriptor in (*sent, *descriptors):
                os.close(descriptor)

    def fork(self, request: dict[str, Any], channel: int) -> int:
        """Fork a child that serves `channel` behind its walls; return a pidfd of it."""
        waits, go = os.pipe()
        pid = self._fork()
        if pid == 0:
            self._become_child(request, channel, waits, go)
        os.close(waits)
        try:
            return os.pidfd_open(pid)  # while it waits: nothing is left to open of one that has ended
        finally:
            os.close(go)

    def _fork(self) -> int:
        """Fork a process: the first of a namespace of its own, where there are such."""
        if self.processes is not None:
            syscalls.enter(self.processes, syscalls.NEW_PIDS)  # back from the namespace of the child before
            syscalls.unshare(syscalls.NEW_PIDS)
        return os.fork()

    def branch(self, control: int) -> None:
        """Fork another zygote, which serves `control`: as warm as this one, with workdirs of its own."""
        if self._fork() == 0:
            try:
                self.control.close()
                branched(socket.socket(fileno=control), self.shell).serve()
            except Exception as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(0)
        os.close(control)

    def _become_child(self, request: dict[str, Any], channel: int, waits: int, go: int) -> None:
        """Serve learners' code, and end with it, whatever happens. Begins once the parent has closed `go`."""
        try:
            os.close(go)
            os.read(waits, 1)
            self.control.detach()  # what is closed below must not stand for what gets its number
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()  # so that no terminal is shared
            folder = confine(self.settings, self.workdirs.all[request["workdir"]], request)
            only_channel(channel)
            line = socket.socket(fileno=CHANNEL)
            if self.shell is None:
                found = examine(self.settings, folder, request["disk_bytes"], request["landlock"])
                line.sendall(json.dumps(found).encode())
            else:
                from autograder.sandbox.inside.child import serve

                serve(line, request, folder, self.shell)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(0)

    def trial(self) -> dict[str, str]:
        """Try the walls in a child; return what is wrong with each layer."""
        if self.settings.tier == "none":
            return {}
        limits = {"cpu_seconds": 5, "memory_bytes": 8 << 30, "file_bytes": 1 << 20, "open_files": 64}
        # A name of its own: one killed in its trial leaves a folder, and the next starts in the same place.
        name = f"trial-{time.monotonic_ns()}"
        workdir = {"workdir": name, "disk_bytes": 1 << 20, "files": 64, "server": False}
        for descriptor in self.workdirs.open(workdir)[0]:
            os.close(descriptor)
        ours, theirs = socket.socketpair()
        shell, self.shell = self.shell, None
        request = {
            **workdir,
            "limits": {**limits, "processes": 64},
            "filter": self.settings.filter,
            "port": None,
        }
        request["landlock"] = landlock.version()
        os.close(self.fork(request, theirs.fileno()))
        self.shell = shell
        theirs.close()
        with ours:
            reply = ours.makefile("rb").read()
        self.workdirs.close(name)
        return json.loads(reply) if reply else {"walls": "could not be put up: see the zygote's log"}


if __name__ == "__main__":
    main()
