"""Provides the `submission` fixture: a test observes the learner's code through it."""

from __future__ import annotations

import inspect
import random
import textwrap
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.sandbox.http_server import App, Server
from autograder.sandbox.inside.probe import MISSING, PRINTED, RAISED
from autograder.sandbox.left_files import FILE_LIMIT
from autograder.sandbox.outcomes import (
    Killed,
    LearnerError,
    NotWritten,
    Outcome,
    OutOfMemory,
    Tampered,
    is_of_the_machine,
)
from autograder.sandbox.probes import Probe, ProbeTarget
from autograder.testing.opaque import revived


class NoSuchFile(AssertionError):
    """Learners' code hasn't left a file. The text is for the learner."""


class Submission:
    """One learner's answers, as one test sees them. Tests get it as the fixture `submission`.

    Attributes:
        rng: draws this test's inputs. Its seed differs at each grading, so that an answer which holds the
            example's result loses.
        printed: the end of what the learner's code has printed.
        seen: what the last probe returned.
        asked: whether the learner's code has been asked for anything yet.
    """

    def __init__(
        self,
        asked: ProbeTarget,
        *,
        folder: PurePosixPath,
        seed: str,
        seconds: float,
        failure: Outcome | None = None,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self._asked, self._folder, self._seconds, self._failure = asked, folder, seconds, failure
        self.printed = ""
        self.seen: Any = None
        self.asked = False
        self._told = told
        self._server: Server | None = None

    def observe(
        self,
        probe: Callable[..., Any],
        *,
        kill_before: str | None = None,
        dies: bool = False,
        timeout: float | None = None,
        **kwargs: Any,  # noqa: ANN401 — JSON values, given to the probe
    ) -> Any:  # noqa: ANN401 — JSON
        """Run `probe` where the learner's code runs, and return what it returned, as JSON.

        Args:
            probe: a plain or `async` function of the test file that imports what it needs in its body.
                Its parameters are filled from `kwargs`, else with what the learner defined at top level.
            kill_before: SIGKILL the process when a graph is about to run the node of this name;
                the observation is `None` then. LangGraph saves in the background by default, so the
                kill may come before the last checkpoint; `durability="sync"` in the probe settles it.
            dies: the process is to be killed meanwhile, by `kill` or by the probe itself (`os.kill`);
                the observation is `None` then, and what the probe returned where nothing killed it.
            timeout: seconds; by default what the test's mark says.
            **kwargs: JSON values for the probe.

        Raises:
            Outcome: the test ends early: the code is not written, raised, did not end, or ended too soon.
        """
        self.asked = True
        question = Probe(
            source=_source(probe),
            name=probe.__name__,
            kwargs=kwargs,
            folder=self._folder,
            seconds=self._seconds if timeout is None else timeout,
            kill_before=kill_before,
        )
        try:
            reply = self._asked.ask(question)
        except Killed:
            if dies:
                return None
            raise
        self.printed = (self.printed + str(reply.get("printed") or ""))[-PRINTED:]
        if self._server and self._server.overrun:
            most = self._server.overrun
            raise LearnerError(
                f"the test's server takes {most}, and your code sent it more: does a loop go on asking?"
            )
        if reply.get("kind") == MISSING:
            raise self._failure or NotWritten(_missing(reply["names"]))
        if reply.get("kind") == RAISED:
            raise raised(reply)
        if kill_before and reply.get("kind") != "reached":
            raise Killed(
                f"the run ended and never came to the node `{kill_before}`, where it was to be killed"
            )
        try:
            self.seen = revived(reply.get("value"))
        except RecursionError:
            raise Tampered("what came back is nested too deeply: return less") from None
        return self.seen

    def restart(self) -> None:
        """Kill the learner's process with SIGKILL, start another, and run the cells there."""
        self._asked.restart()

    @contextmanager
    def twin(self, *, bare: bool = False) -> Generator[Submission]:
        """Run the learner's cells in a second process beside the first, as long as the `with` lasts.

        Both have the same scratch folder and the same server. Ask each from a thread of its own, and they
        run at the same time. The test's mark must say `restarts=True`: the live kernel has no twin.

        Args:
            bare: run no cells there, for probes that need none of the learner's names and kill their process.
        """
        self.asked = True
        with self._asked.twin(bare=bare) as asked:
            twin = Submission(
                asked, folder=self._folder, seed="", seconds=self._seconds, failure=self._failure
            )
            twin._told, twin._server = self._told, self._server
            twin.rng = self.rng
            yield twin

    def kill(self) -> None:
        """SIGKILL the learner's process now, from any thread: for the app of a server.

        So a process dies before or after the outside world has noted what it asked for.
        """
        self._asked.kill()

    def tell(self, what: str) -> None:
        """Say what a long test is about to do, for whoever waits: "the agent is killed for the 3rd time"."""
        if self._told:
            self._told(what)

    def path(self, name: str) -> str:
        """Return the path of a file in this test's scratch folder, to pass to a probe."""
        return str(self._folder / name)

    def file(self, name: str) -> Path:
        """Return a copy of the same file, as it is now, for the judge to read.

        Raises:
            NoSuchFile: there is none.
            AssertionError: it is no ordinary file; the text is for the learner.
        """
        try:
            return self._asked.fetch(self._folder, name)
        except FileNotFoundError:
            raise NoSuchFile(f"your code left no file `{name}` where it was told to keep its data") from None
        except OSError as error:
            if is_of_the_machine(error):
                raise
            raise AssertionError(f"`{name}` is no ordinary file of at most {FILE_LIMIT >> 20} MB") from None

    def bytes_of(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return what is in files that a probe has listed, but for those that have gone since.

        SQLite removes what lies beside a database with its last connection, and a connection that nobody
        closes goes whenever Python gets round to it. What was there is in the database then: it's read last.
        """
        found = dict[str, bytes]()
        for name in sorted(names, reverse=True):
            with suppress(NoSuchFile):
                found[name] = self.file(name).read_bytes()
        return found

    def serve(self, app: App) -> Server:
        """Have a server beside the learner's process answer with `app`; return it.

        Its `url` goes to a probe; what was asked is in `requests`, on the judge's side, where no code of the
        learner's can edit it. The exercise's mark must say `needs=("server",)`.
        """
        self._server = self._asked.serve(app)
        return self._server


@cache
def _source(probe: Callable[..., Any]) -> str:
    """Return the text of a probe; finding it in its file takes 3 ms."""
    return textwrap.dedent(inspect.getsource(probe))


def _missing(names: list[str]) -> str:
    wanted = " and ".join(f"`{name}`" for name in names)
    are = "is" if len(names) == 1 else "are"
    return f"{wanted} {are} not defined yet: write the cell above, and run it first"


def raised(reply: Mapping[str, Any]) -> Outcome:
    """Turn the report of an exception into the outcome of a test."""
    if reply.get("unwritten"):
        return NotWritten("this is not written yet: replace the line that raises `NotImplementedError`")
    error, message = str(reply.get("error"))[:100], str(reply.get("message"))[:2000]
    if error == "MemoryError":
        return OutOfMemory("your code asked for more memory than a submission may use")
    what = f"`{error}`: {message}" if message else f"`{error}`"
    if not reply.get("in_cell"):
        return LearnerError(f"using what your code defines or returns raised {what}")
    return LearnerError(f"your code raised {what}", traceback=str(reply.get("traceback") or "")[:20_000])
