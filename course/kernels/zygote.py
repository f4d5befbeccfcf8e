"""The warm process that kernels are forked from. Run as `python -m course.kernels.zygote FD`.

It imports what kernels and lessons need, and from then on only forks: no thread, no event loop, no socket of
ZeroMQ's and no open file may be in it, since none of them survives a fork whole.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import threading

PRELOAD = (
    # the kernel, and what it imports only when it starts or runs its first cells
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # 0.3 s of its own
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "tornado.platform.asyncio",
    # what lessons teach
    "langchain_core.language_models.chat_models",
    "langchain_core.messages",
    "langchain_core.runnables.graph_mermaid",
    "langgraph.checkpoint.memory",
    "langgraph.checkpoint.sqlite",
    "langgraph.checkpoint.sqlite.aio",
    "langgraph.func",
    "langgraph.graph",
    "langgraph.types",
    # what `check()` needs; nothing of ours, so that a change of it counts from the next kernel on
    "pytest",
    "_pytest.skipping",
    "_pytest.unittest",
)


def main() -> None:
    """Fork a kernel for each request on the control socket, until it closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder that this was started in; IPython adds that of the notebook
    os.environ["JPY_PARENT_PID"] = "1"  # ipykernel reads it now: look for no parent, and print no banner
    for module in PRELOAD:
        importlib.import_module(module)
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()  # the collector would touch, and so copy, every page that kernels share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: let none become a zombie
    while True:
        said, descriptors, _, _ = socket.recv_fds(control, 16, 2)
        if not said:
            return
        server, stderr = descriptors
        if os.fork() == 0:
            control.close()
            from course.kernels.child import become_kernel

            become_kernel(socket.socket(fileno=server), stderr)
            return  # and end as Python does, with what was registered for its end
        os.close(server)
        os.close(stderr)


if __name__ == "__main__":
    main()
