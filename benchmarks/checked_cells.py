"""Runs a notebook's cells in a kernel, with a program of ours in the place of each `check(…)`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import start_new_kernel

from benchmarks.grading.classroom import text


def run_checked(
    cells: Sequence[Mapping[str, Any]],
    program: Callable[[str], str],
    folder: Path,
    *,
    env: Mapping[str, str] = os.environ,
    seconds: float | None = None,
) -> Iterator[tuple[str, str]]:
    """Yield each exercise's name, and what its program printed, in the order of the notebook.

    Args:
        cells: of the notebook.
        program: what to run for an exercise, by its name.
        folder: where the kernel works.
        env: its environment.
        seconds: after so many a cell is interrupted; by default none is.
    """
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(folder), env=dict(env), stderr=subprocess.DEVNULL
    )
    try:
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            source, printed = text(cell), list[str]()
            name = cell["metadata"]["nbgrader"]["grade_id"] if source.startswith("check(") else ""
            try:
                client.execute_interactive(
                    program(name) if name else source,
                    timeout=seconds,
                    output_hook=lambda m, printed=printed: printed.append(_printed(m)),
                )
            except (TimeoutError, Empty):
                manager.interrupt_kernel()
            if name:
                yield name, "".join(printed)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _printed(message: dict[str, Any]) -> str:
    content = message["content"]
    return content.get("text", "") + "\n".join(content.get("traceback", ()))
