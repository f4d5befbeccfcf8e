"""Keeps one pytest session open, so that its tests can be run again and again.

pytest offers no public way to do so: the three private names that it takes are used here and nowhere else,
and pyproject.toml bounds pytest's version for their sake.
"""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.config import _prepareconfig  # pyright: ignore[reportPrivateUsage]
from _pytest.runner import runtestprotocol

from autograder.testing.fixture import Submission
from autograder.testing.layout import COMMON, HIDDEN

OPTIONS = (
    "--disable-plugin-autoload",  # langsmith brings a plugin that takes 3 s to import
    "--assert=plain",  # a message is the sentence we wrote, with no introspection behind it
    "--import-mode=importlib",  # every exercise has a `test_hidden.py`
    "--strict-markers",
)
WITHOUT = (
    *("cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml", "logging", "pastebin"),
    *("recwarn", "setuponly", "setupplan", "stepwise", "terminal", "threadexception", "unraisableexception"),
    *("warnings",),
)
MARKER = (
    "exercise(name, points, timeout=10, restarts=False, needs=(), limits={}): the exercise that a test grades"
)


class SessionPlugin:
    """The plugin between session and judge: gives tests their `submission`, keeps what ended them."""

    def __init__(self) -> None:
        self.submission: Submission | None = None
        self.ended: BaseException | None = None
        self.problems: list[str] = []

    @pytest.fixture(name="submission")
    def _submission(self) -> Submission | None:
        return self.submission

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", MARKER)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, object, object]:
        if call.excinfo is not None and self.ended is None:
            self.ended = call.excinfo.value
        return (yield)


@contextmanager
def _importable(files: Sequence[Path]) -> Generator[None]:
    """Let test files import what is beside the public ones by its bare name, such as `common`.

    Every module has files of these names, and the process that the tests are loaded in may have some too.
    Afterwards each name means again what it did before.
    """
    folders = list(dict.fromkeys(path.parent for path in files if path.name != HIDDEN))
    beside = [path for folder in folders for path in folder.glob("*.py")]
    ours = {str(path) for path in (*files, *beside)}
    before = {path.stem: sys.modules.pop(path.stem) for path in beside if path.stem in sys.modules}
    # A session around ours, as in our own tests, would write its introspection into the messages of these.
    around = [finder for finder in sys.meta_path if type(finder).__module__.startswith("_pytest.assertion")]
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in around]
    sys.path[:0] = map(str, folders)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        del sys.path[: len(folders)]
        sys.meta_path[:0] = around
        for name, module in list(sys.modules.items()):
            if (path := getattr(module, "__file__", None)) in ours:
                _freeze(str(path))
                del sys.modules[name]
        sys.modules.update(before)


def _freeze(path: str) -> None:
    """Keep the text of the tests as it was collected: an edit during a run must not move their probes.

    `inspect.getsource` reads through `linecache`, which looks for changes of what has a time only.
    """
    lines = linecache.getlines(path)
    linecache.cache[path] = (len("".join(lines)), None, lines, path)


class OpenSession:
    """A pytest session with its tests collected. Close it after use.

    Args:
        files: test files; `common.py` among them is what the public ones import.

    Raises:
        ValueError: a file cannot be imported; the text is pytest's account of it.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._bench = SessionPlugin()
        files = [path for path in files if path.name != COMMON]
        words = [*OPTIONS, *(word for name in WITHOUT for word in ("-p", f"no:{name}"))]
        root = str(files[0].parent) if files else "."
        config = _prepareconfig(
            [*words, "-c", "/dev/null", "--rootdir", root, *map(str, files)], [self._bench]
        )
        self._session = pytest.Session.from_config(config)
        config._do_configure()  # pyright: ignore[reportPrivateUsage]
        config.hook.pytest_sessionstart(session=self._session)
        if files:
            with _importable(files):
                self._session.perform_collect()
        if self._bench.problems:
            raise ValueError("\n".join(self._bench.problems))

    @property
    def items(self) -> list[pytest.Item]:
        return self._session.items

    def run(self, item: pytest.Item, submission: Submission) -> BaseException | None:
        """Run one test on a submission; return what ended it, if it did not pass."""
        self._bench.submission, self._bench.ended = submission, None
        runtestprotocol(item, log=False, nextitem=None)
        return self._bench.ended

    def close(self) -> None:
        """End the session."""
        self._session.config._ensure_unconfigure()  # pyright: ignore[reportPrivateUsage]
