"""Keeps the kernel zygote on the server side, and asks it for kernels."""

from __future__ import annotations

import json
import os
import site
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from course.kernels.forked import Forked

START_SECONDS = 30.0  #: for LangGraph's import and for a kernel's start, on a busy machine
AVAILABLE = sys.platform == "linux"  #: macOS has no pidfd, and its libraries do not bear a fork
OPTIONS = ("-Xfrozen_modules=off",)  # else the debugger would miss breakpoints, and say so at each start


class KernelZygote:
    """The warm process. It ends when this process does."""

    def __init__(self) -> None:
        self.packages = _packages()
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inner:
            self._process = subprocess.Popen(
                [sys.executable, *OPTIONS, "-m", "course.kernels.zygote", str(inner.fileno())],
                pass_fds=[inner.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",  # else a file beside a notebook could stand in for a library
                start_new_session=True,  # so that Ctrl-C in the server's terminal is the server's alone
            )

    def fork(self, arguments: Sequence[str], cwd: str, env: Mapping[str, str], stderr: int) -> Forked:
        """Start a kernel, and return when its sockets are open.

        Raises:
            OSError: the zygote or the kernel has ended, or did not answer in time.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"fork"], [theirs.fileno(), stderr])
        ours.settimeout(START_SECONDS)
        request = {"arguments": list(arguments), "cwd": cwd, "env": dict(env)}
        ours.sendall(json.dumps(request).encode() + b"\n")
        said, descriptors, _, _ = socket.recv_fds(ours, 16, 1)
        if not descriptors:
            raise ConnectionError("the zygote has ended")
        kernel = Forked(int(said), descriptors[0], ours)
        if ours.recv(1) != b"R":
            raise ConnectionError("the kernel has ended")
        return kernel

    def close(self) -> None:
        """Let it end. Its kernels live on."""
        self._control.close()
        self._process.wait()


_lock = threading.Lock()  # Jupyter starts kernels from several threads
_zygote: KernelZygote | None = None


def warm_up() -> None:
    """Start the zygote, if this machine can have one; it gets warm in the background."""
    if AVAILABLE:
        _current()


def fork(arguments: Sequence[str], cwd: str, env: Mapping[str, str], stderr: int = 2) -> Forked | None:
    """Start a kernel, or return `None` where an ordinary one has to do.

    Args:
        arguments: what follows `ipykernel_launcher` on the command line.
        cwd: the folder to work in.
        env: all of its environment.
        stderr: the descriptor for what it says past Jupyter.
    """
    if not AVAILABLE or _settings(env) != _settings(os.environ):
        return None
    for _ in range(2):  # the zygote may have been killed since: then by another
        zygote = _current()
        try:
            return zygote.fork(arguments, cwd, env, stderr)
        except (OSError, ValueError):
            _drop(zygote)
    return None


def _current() -> KernelZygote:
    """Return the zygote; another one if packages were installed since it imported them."""
    global _zygote
    with _lock:
        if _zygote and _zygote.packages != _packages():
            _zygote.close()
            _zygote = None
        found = _zygote = _zygote or KernelZygote()
        return found


def _drop(zygote: KernelZygote) -> None:
    global _zygote
    with _lock:
        if _zygote is zygote:
            zygote.close()
            _zygote = None


def _packages() -> tuple[int, ...]:
    """Say when something was last installed."""
    folders = [Path(folder) for folder in site.getsitepackages()]
    return tuple(folder.stat().st_mtime_ns for folder in folders if folder.is_dir())


def _settings(env: Mapping[str, str]) -> dict[str, str]:
    """Return what only a new Python would heed."""
    return {name: value for name, value in env.items() if name.startswith(("PYTHON", "LD_"))}
