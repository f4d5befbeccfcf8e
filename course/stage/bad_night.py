"""Makes a night go wrong the same way each time: a disk that's busy at step 1, and a process that dies after it."""

from __future__ import annotations

import os
import signal
import time
from threading import Event
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

_BUSY_SECONDS = 2.0
_disk_is_busy = Event()


def busy_at_step_1(saver: type[BaseCheckpointSaver[Any]]) -> type[BaseCheckpointSaver[Any]]:
    """Make a saver class that takes two seconds to save step 1, as when a backup keeps the disk busy."""

    class Busy(saver):
        def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
            if metadata["step"] == 1:
                _disk_is_busy.set()
                time.sleep(_BUSY_SECONDS)
            return super().put(config, checkpoint, metadata, new_versions)

    return Busy


def die(how: str) -> None:
    """End this process in the middle of a node: by `"exception"`, or by a signal such as `"SIGTERM"`.

    Waits until the disk is busy, unless nothing is saved at that step (`durability="exit"`), and then until what
    the nodes before have returned is on disk.
    """
    _disk_is_busy.wait(1)
    time.sleep(0.5)
    if how == "exception":
        raise RuntimeError("the printer is out of paper")
    os.kill(os.getpid(), signal.Signals[how])
