"""The warm process that graded processes are forked from: it has imported LangGraph, and nothing of ours.

Run as `python -m autograder.inside.zygote FD`. Importing LangGraph takes 2 s, a fork 5 ms.
Children inherit its memory, so it never holds a test, an expected value, a gradebook path or a key.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
import warnings

PRELOAD = (
    "asyncio",
    "concurrent.futures.thread",
    "sqlite3",
    "langchain_core.callbacks",
    "langchain_core.language_models.fake_chat_models",
    "langchain_core.messages",
    "langchain_core.runnables.graph_mermaid",
    "langchain_core.tracers.context",
    "langgraph.checkpoint.memory",
    "langgraph.checkpoint.sqlite",
    "langgraph.checkpoint.sqlite.aio",
    "langgraph.func",
    "langgraph.graph",
    "langgraph.types",
)


def main() -> None:
    """Fork a child for each request on the control socket, until it closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    warnings.simplefilter("ignore")
    for module in PRELOAD:
        importlib.import_module(module)
    from autograder.inside.shell import Shell

    shell = Shell()
    shell.warm_up()
    # A thread would not survive the fork, but a lock that it holds would: the child would hang.
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()  # the collector would touch, and so copy, every page that children share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 65536, 1)
        if not data:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            become_child(json.loads(data), descriptors[0], shell)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(control, [str(pid).encode()], [pidfd])
        os.close(pidfd)
        os.close(descriptors[0])


def become_child(request: dict[str, object], descriptor: int, shell: object) -> None:
    """Serve learners' code, and end with it, whatever happens."""
    from autograder.inside.child import serve

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve(socket.socket(fileno=descriptor), request, shell)  # pyright: ignore[reportArgumentType]
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
