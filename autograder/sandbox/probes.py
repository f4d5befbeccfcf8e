"""Defines a probe, and what it can run on: a graded process or a live kernel."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from autograder.sandbox.http_server import App, Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One run of a probe."""

    source: str  #: the probe's text
    name: str  #: which function of it to call
    kwargs: Mapping[str, Any]  #: JSON values; its other parameters are names of the learner's
    folder: PurePosixPath  #: the scratch folder to run it in, as learners' code calls it
    seconds: float  #: how long it may take
    kill_before: str | None = None  #: the node before which the process is to be killed


class ProbeTarget(Protocol):
    """Where the learner's code runs: a process of its own when graded, the live kernel in `check()`."""

    @property
    def folder(self) -> PurePosixPath:
        """Its scratch folder, as its code calls it."""
        ...

    def ask(self, question: Probe) -> dict[str, Any]:
        """Run a probe there; return its reply as `inside.probing.run_probe` makes it."""
        ...

    def restart(self) -> None:
        """Kill it with SIGKILL and start it anew."""
        ...

    def twin(self, *, bare: bool = False) -> AbstractContextManager[ProbeTarget]:
        """Start a second process in the same scratch folder, with the same code or, `bare`, with none."""
        ...

    def kill(self) -> None:
        """SIGKILL it, from any thread; whoever waits for its reply learns that it is gone."""
        ...

    def fetch(self, folder: PurePosixPath, name: str) -> Path:
        """Return a file of its scratch folder for the judge to read.

        Raises:
            FileNotFoundError: there is none.
            OSError: it is no ordinary file, or too large.
        """
        ...

    def serve(self, app: App) -> Server:
        """Have the server that its code can reach answer with `app`; return it."""
        ...
