"""A Dask cluster of real processes on this machine, for the tests: started, watched, killed, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.support.patience import wait_for

DASK = Path(sys.executable).parent / "dask"
HOST = "127.0.0.1"


class Cluster:
    """A scheduler, and workers as they are asked for. Use it as a context manager."""

    def __init__(self, folder: Path, *, dashboard: bool = False, **environment: str) -> None:
        self._folder, self._environment = folder, {**os.environ, **environment}
        self.workers: list[subprocess.Popen[bytes]] = []
        served = ["--dashboard-address", f"{HOST}:0"] if dashboard else ["--no-dashboard"]
        file = folder / "scheduler.json"
        words = ["scheduler", "--host", HOST, "--port", "0", "--scheduler-file", str(file), *served]
        self.scheduler = self._run("scheduler", *words)
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        self._facts: dict[str, Any] = json.loads(file.read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait()

    @property
    def address(self) -> str:
        return self._facts["address"]

    @property
    def dashboard(self) -> str:
        return f"http://{HOST}:{self._facts['services']['dashboard']}"

    def add_worker(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker of one process, which shares no folder with the grader."""
        name = f"worker{len(self.workers)}"
        usual = ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--host", HOST, "--name", name]
        self.workers.append(
            self._run(name, "worker", self.address, *usual, "--local-directory", name, *words, **environment)
        )
        return self.workers[-1]

    def log(self, name: str) -> str:
        """Return what a process has written so far."""
        return (self._folder / f"{name}.log").read_text()

    def _run(self, name: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [str(DASK), *words],
                cwd=self._folder,
                env={**self._environment, **environment},
                stdout=log,
                stderr=log,
            )
