"""A copy of the tiny course to break, and what is slow to make, made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from course.paths import Root

from .tiny import TINY


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A tiny course of one's own."""
    shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns(".cache", "__pycache__"))
    return Root(tmp_path / "tiny")


@dataclass
class Cli:
    root: Root

    def __call__(self, *words: str) -> Any:
        from course.cli.app import build_app

        return CliRunner().invoke(build_app(), list(words))


@pytest.fixture
def cli(root: Root, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command, in the tiny course."""
    monkeypatch.setenv("COURSE_ROOT", str(root.path))
    monkeypatch.chdir(root.path)
    monkeypatch.setenv("NO_COLOR", "1")
    return Cli(root)


@pytest.fixture(scope="session")
def zygote(warm_zygotes: Any) -> Iterator[Any]:
    from autograder.sandbox.find_tier import find_tier

    with warm_zygotes.start(tier=find_tier()) as started:
        yield started


@pytest.fixture
def without_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` looks at forms only: nothing is run."""
    monkeypatch.setattr("course.authoring.verify.run.run_tasks", lambda tasks, jobs: iter(()))


@pytest.fixture
def on_one_bench(zygote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` runs in this process, with a zygote that is already warm."""
    from course.authoring.verify import parallel
    from course.authoring.verify.trial import TrialRunner

    class Kept(TrialRunner):
        def close(self) -> None:
            self._zygote = None
            super().close()

    monkeypatch.setattr(parallel, "bench", Kept(zygote))
