"""Judges exercises: one open pytest session runs their tests on any number of submissions.

A `pytest.main()` for each submission costs 195 ms; a test run in an open session costs under 1 ms.
"""

from __future__ import annotations

import inspect
import reprlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

import pytest

from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.sandbox.limits import Needs
from autograder.sandbox.outcomes import Outcome, TimedOut, is_of_the_machine
from autograder.sandbox.probes import ProbeTarget
from autograder.sandbox.zygote_process import ZygoteDied
from autograder.testing.evidence.reader import ReaderDied
from autograder.testing.fixture import Submission
from autograder.testing.layout import HIDDEN
from autograder.testing.pytest_session import OpenSession

PATIENCE = 2
NEEDS = {"server", "processes"}
MESSAGE_LIMIT, TRACEBACK_LIMIT = 2000, 4000  #: characters; they may quote what learners' code sent


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInfo:
    """What is known of a test before it runs."""

    __test__ = False

    title: str
    points: float
    hidden: bool
    timeout: float
    restarts: bool  #: it kills the learner's process, so the live kernel will not do
    needs: frozenset[str]  #: `server`, `processes`: what its exercise needs that others have not
    limits: tuple[tuple[str, int], ...]  #: what its exercise may use more or less of than others
    path: Path
    line: int


class Follower(Protocol):
    """Is told what goes on while tests run: a night with ten kills shouldn't look like a hang."""

    def test(self, info: TestInfo) -> None:
        """Hear of a test before it runs."""
        ...

    def doing(self, what: str) -> None:
        """Hear what a test is about to do, in its own words."""
        ...


class Judge:
    """An open pytest session over test files. Use it as a context manager.

    Args:
        paths: test files; those named `test_hidden.py` are hidden. Missing ones are left out.

    Raises:
        ValueError: a test has no exercise mark or no docstring, or a file cannot be imported;
            the text says which.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._session = OpenSession([path for path in paths if path.is_file()])
        found: dict[str, list[tuple[TestInfo, pytest.Item]]] = {}
        for item in self._session.items:
            name, info = _info(item)
            found.setdefault(name, []).append((info, item))
        self._tests = found
        self.exercises = MappingProxyType({n: tuple(info for info, _ in tests) for n, tests in found.items()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def needs(self, exercise: str) -> Needs:
        """Return what an exercise needs: all that any of its tests does."""
        tests = self.exercises[exercise]
        wanted = frozenset[str]().union(*(info.needs for info in tests))
        limits = dict(pair for info in tests for pair in info.limits)
        return Needs(**dict.fromkeys(wanted, True), limits=tuple(sorted(limits.items())))

    def run(
        self,
        exercise: str,
        asked: ProbeTarget,
        *,
        seed: int,
        failure: Outcome | None = None,
        only: frozenset[str] | None = None,
        patience: int = PATIENCE,
        follower: Follower | None = None,
    ) -> ExerciseResult:
        """Judge one exercise of one submission.

        Args:
            exercise: its name.
            asked: where the learner's code runs.
            seed: draws the inputs.
            failure: what the answer's own cell raised, if it did: told where a name is missing.
            only: titles of the tests to run; all by default.
            patience: how many tests may run into their time limit before the rest is given up.
            follower: told of each test before it runs, and of what it does.
        """
        results: list[TestResult] = []
        late: TimedOut | None = None
        for info, item in self._tests[exercise]:
            if only is not None and info.title not in only:
                continue
            if follower and not late:
                follower.test(info)
            started = time.perf_counter()
            folder = asked.folder / f"{item.name}-{time.monotonic_ns()}"
            drawn = f"{seed}:{exercise}:{info.title}"
            submission = Submission(
                asked,
                folder=folder,
                seed=drawn,
                seconds=info.timeout,
                failure=failure,
                told=follower.doing if follower else None,
            )
            ended = late or self._session.run(item, submission)
            if ended and _is_ours(ended, submission):
                raise ended
            results.append(_verdict(info, ended, submission, time.perf_counter() - started))
            if sum(result.status == "timed out" for result in results) >= patience:
                slowed = any(result.slowed for result in results)
                late = TimedOut("not run: a test before it ran out of time", slowed=slowed)
        return ExerciseResult(name=exercise, tests=tuple(results))


def _is_ours(ended: BaseException, submission: Submission) -> bool:
    """Tell what is no verdict: the machine's failures, and a test that stumbles, whatever it was given."""
    # What learners' code gave back can't make a name undefined, nor a module missing.
    if isinstance(ended, ZygoteDied | ReaderDied | NameError | ImportError) or is_of_the_machine(ended):
        return True
    return not submission.asked and not isinstance(ended, Outcome | AssertionError)


def _verdict(
    info: TestInfo, ended: BaseException | None, submission: Submission, seconds: float
) -> TestResult:
    given: dict[str, Any] = {"title": info.title, "points": info.points, "hidden": info.hidden}
    given["seconds"] = round(seconds, 4)
    if ended is None:
        return TestResult(**given, status="passed")
    given["printed"] = submission.printed
    given["slowed"] = isinstance(ended, TimedOut) and ended.slowed
    match ended:
        case Outcome():
            given["traceback"] = _cut(ended.traceback, TRACEBACK_LIMIT)
            return TestResult(**given, status=ended.status, message=_cut(ended.message, MESSAGE_LIMIT))
        case AssertionError():
            said = _cut(str(ended), MESSAGE_LIMIT) or "this does not hold yet"
            return TestResult(**given, status="failed", message=said)
        case _:
            # Our test stumbled over what came back: it is of a shape that the prompt does not allow.
            seen = reprlib.repr(submission.seen)
            said = f"your code gave back {seen}, and the prompt's example has another shape: compare the two"
            return TestResult(**given, status="failed", message=_cut(said, MESSAGE_LIMIT))


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text, in characters that any file or page can hold."""
    end = " …" if len(text) > limit else ""
    return (text[:limit] + end).encode(errors="replace").decode()


def _info(item: pytest.Item) -> tuple[str, TestInfo]:
    """Read a test's mark and docstring."""
    mark, function = item.get_closest_marker("exercise"), getattr(item, "function", None)
    title = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ").strip()
    line = (item.reportinfo()[1] or 0) + 1  # pytest counts from 0
    where = f"{item.path}:{line}"
    if mark is None or not mark.args or not title:
        raise ValueError(
            f'{where}: give `{item.name}` @pytest.mark.exercise("name", points=…) and a docstring'
        )
    if unknown := set(mark.kwargs.get("needs", ())) - NEEDS:
        raise ValueError(
            f"{where}: no exercise can need {min(unknown)!r}; there is {', '.join(sorted(NEEDS))}"
        )
    return mark.args[0], TestInfo(
        title=title,
        points=float(mark.kwargs.get("points", 1)),
        hidden=item.path.name == HIDDEN,
        timeout=float(mark.kwargs.get("timeout", 10)),
        restarts=bool(mark.kwargs.get("restarts", False)),
        needs=frozenset(mark.kwargs.get("needs", ())),
        limits=tuple(sorted(mark.kwargs.get("limits", {}).items())),
        path=item.path,
        line=line,
    )
