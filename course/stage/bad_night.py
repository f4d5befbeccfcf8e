"""Makes a night go wrong the same way each time: the disk is busy at step 1, and the process dies later."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from threading import Event

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata

_BUSY_SECONDS = 2.0
_disk_is_busy = Event()


def busy_at_step_1(saver: type[BaseCheckpointSaver[str]]) -> type[BaseCheckpointSaver[str]]:
    """Make a saver class that takes two seconds to save step 1, as when a backup keeps the disk busy."""

    class Busy(saver):
        def put(
            self,
            config: RunnableConfig,
            checkpoint: Checkpoint,
            metadata: CheckpointMetadata,
            new_versions: ChannelVersions,
        ) -> RunnableConfig:
            if metadata.get("step") == 1:
                _disk_is_busy.set()
                time.sleep(_BUSY_SECONDS)
            return super().put(config, checkpoint, metadata, new_versions)

    return Busy


def die(how: str) -> None:
    """End this process in the middle of a node: by `"exception"`, or by a signal such as `"SIGTERM"`.

    Waits until the disk is busy, unless nothing is saved then (`durability="exit"`), and until earlier
    results are saved.
    """
    _disk_is_busy.wait(1)
    time.sleep(0.5)
    if how == "exception":
        raise RuntimeError("the printer is out of paper")
    os.kill(os.getpid(), signal.Signals[how])


def each_in_a_process(run: Callable[..., None], cases: Iterable[tuple[str, ...]]) -> None:
    """Call `run(*case)` for each case, all at once, each in a process of its own that may die of it."""
    fork = get_context("fork")
    processes = [fork.Process(target=run, args=case) for case in cases]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
