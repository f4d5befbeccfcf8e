"""Runs cells and probes in the process that holds a learner's code, one at a time."""

from __future__ import annotations

import faulthandler
import json
import os
import random
import socket
import struct
import sys
import tempfile
import time
from typing import Any

from autograder.sandbox.inside.own_hash import own_hash
from autograder.sandbox.inside.pause import pause_before
from autograder.sandbox.inside.probe import STOOD, run_probe
from autograder.sandbox.inside.shell import OUTPUTS, Shell

TOLD_AFTER = 0.9  #: of a call's time: then it's written to a file what runs, in case the call won't come back


def serve(channel: socket.socket, request: dict[str, Any], folder: str, shell: Shell) -> None:
    """Answer calls until the channel closes. Runs in a fork of the zygote, behind its walls."""
    random.seed()
    tempfile.tempdir = None  # the zygote's is not ours
    sys.path[0] = folder  # as in Jupyter: a module that one cell writes can be imported by the next
    OUTPUTS.limit = request["limits"]["output_bytes"]
    shell.start()
    shell.user_ns["hash"] = own_hash()
    dump = os.open(f"{folder}/{STOOD}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
    while (call := receive(channel)) is not None:
        os.chdir(folder)
        faulthandler.dump_traceback_later(call["seconds"] * TOLD_AFTER, file=dump)
        reply = shell.run(call["source"]) if call["op"] == "cell" else probe(channel, call, shell)
        faulthandler.cancel_dump_traceback_later()
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
