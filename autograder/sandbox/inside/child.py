"""Runs cells and probes in the process that holds a learner's code, one at a time."""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import sys
import tempfile
import time
from typing import Any

from autograder.sandbox.inside.pause import pause_before
from autograder.sandbox.inside.probe import run_probe
from autograder.sandbox.inside.shell import OUTPUTS, Shell


def serve(channel: socket.socket, request: dict[str, Any], folder: str, shell: Shell) -> None:
    """Answer calls until the channel closes. Runs in a fork of the zygote, behind its walls."""
    random.seed()
    tempfile.tempdir = None  # the zygote's is not ours
    sys.path[0] = folder  # as in Jupyter: a module that one cell writes can be imported by the next
    OUTPUTS.limit = request["limits"]["output_bytes"]
    shell.start()
    while (call := receive(channel)) is not None:
        os.chdir(folder)
        reply = shell.run(call["source"]) if call["op"] == "cell" else probe(channel, call, shell)
        send(channel, {"token": call["token"], **reply})


def probe(channel: socket.socket, call: dict[str, Any], shell: Shell) -> dict[str, Any]:
    """Run one probe in the folder of its test; wait to be killed if it reaches the node it is to die at."""

    def reached() -> None:
        send(channel, {"token": call["token"], "kind": "reached"})
        time.sleep(3600)

    os.makedirs(call["folder"], exist_ok=True)
    os.chdir(call["folder"])
    with pause_before(call["kill_before"], reached):
        return run_probe(call["source"], call["name"], call["kwargs"], shell.user_ns)


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    """Write one message: its length in four bytes, then JSON."""
    data = json.dumps(message, default=repr).encode()
    channel.sendall(struct.pack("!I", len(data)) + data)


def receive(channel: socket.socket) -> dict[str, Any] | None:
    """Read one message of the grader's; `None` when it has hung up."""
    header = channel.recv(4, socket.MSG_WAITALL)
    if len(header) < 4:
        return None
    (size,) = struct.unpack("!I", header)
    return json.loads(channel.recv(size, socket.MSG_WAITALL)) if size else {}
