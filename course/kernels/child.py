"""Turns a forked process into the kernel that `python -m ipykernel_launcher` would be."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import socket
import sys
import threading


def become_kernel(server: socket.socket, stderr: int) -> None:
    """Read what kernel to be from the server's socket, and be it until it is shut down."""
    os.dup2(stderr, 2)
    os.close(stderr)
    os.setsid()  # a group of its own: an interrupt reaches what the kernel started, and nothing else
    with server.makefile("rb", buffering=0) as lines:
        request = json.loads(lines.readline())
    pidfd = os.pidfd_open(os.getpid())
    socket.send_fds(server, [str(os.getpid()).encode()], [pidfd])
    os.close(pidfd)
    _settle(request)
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(request["arguments"])
    server.sendall(b"R")  # a client that connects earlier is turned away, and tries again 100 ms later
    threading.Thread(target=_end_with, args=(server,), name="lifeline", daemon=True).start()
    app.start()


def _settle(request: dict[str, object]) -> None:
    """Take on folder, environment, command line and signals of a new process."""
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    # ipykernel sets the first one when it is imported, which was long ago
    os.environ.update({"PYDEVD_USE_FRAME_EVAL": "NO", **request["env"]})  # pyright: ignore
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher.origin if launcher else ""), *request["arguments"]]  # pyright: ignore
    random.seed()
    if numpy := sys.modules.get("numpy"):  # a library may have brought it along
        numpy.random.seed()


def _end_with(server: socket.socket) -> None:
    """End when the server does, even by SIGKILL, as ipykernel does by looking for its parent."""
    server.recv(1)
    os._exit(1)
