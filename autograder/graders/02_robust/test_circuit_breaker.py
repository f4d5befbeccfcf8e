"""Public tests of `circuit_breaker`."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.sandbox.http_server import Request


def use_desk(
    build_desk,
    db,
    breaker,
    url,
    now,
    limit,
    cooldown,
    users,
    takes=0,
    at_once=False,
    meets=False,
    leads=False,
    vary_from=None,
):
    """Let each user ask in a thread of their own, at a time of ours; return what their runs gave.

    If the first user `leads`, all others come once that call has begun. With a number for `vary_from`, `ask` fails with
    errors of three classes in turn.
    """
    import io
    import sqlite3
    import threading
    import urllib.error
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress
    from functools import partial
    from itertools import count
    from pathlib import Path
    from time import sleep
    from unittest.mock import patch

    from langgraph.checkpoint.sqlite import SqliteSaver

    class SlowConnection(sqlite3.Connection):
        """Takes its time before a transaction, as on a busy machine: others come in between."""

        def execute(self, *args):
            if not self.in_transaction:
                sleep(0.02)
            return super().execute(*args)

    def open_slowly(file, mode="r", *args, **kwargs):
        if "w" in mode:  # the same for files: what was read may be old when it is written
            sleep(0.2)
        return open_at_once(file, mode, *args, **kwargs)

    open_at_once = io.open
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    time, meeting = [now], threading.Barrier(len(users) if at_once else 1)
    failures, raised, begun = count(vary_from or 0), [], threading.Event()

    class Unavailable(Exception):
        pass

    def error_of_its_own():
        number = 0 if vary_from is None else next(failures) % 3
        if number == 0:
            error = Unavailable("no backend")
        elif number == 1:
            error = urllib.error.HTTPError(url, 404, "no such question", None, None)
        else:
            error = ValueError("the answer is no text")
        raised.append(error)
        return error

    def ask(question):
        begun.set()
        try:
            with opener.open(url, question.encode(), timeout=20) as response:
                return response.read().decode()
        except OSError:
            raise error_of_its_own() from None  # nothing but `Exception` covers them all
        finally:
            time[0] += takes

    def clock():
        seen = time[0]
        with suppress(threading.BrokenBarrierError):
            meeting.wait(0.1)  # those who look at the clock before they hold their turn meet here
        return seen

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    Path(breaker).parent.mkdir(exist_ok=True)
    # Two desks on one file, used in turns: neither may go by what it has read when it was built.
    saver, turn = SqliteSaver(connection), count()
    desks = [build_desk(saver, breaker, ask, clock, limit, cooldown) for _ in range(2)]
    if not hasattr(desks[0], "get_state"):
        return {"no graph": type(desks[0]).__name__}

    def run(user):
        if leads and user != users[0]:
            begun.wait(5)
        try:
            return run_once(user)
        finally:
            if at_once:  # the backend may wait for those who are refused, and for nobody else
                opener.open(urllib.request.Request(url, method="PUT"), timeout=20).close()

    def run_once(user):
        question = "" if user == "nobody" else f"{user}?"
        try:
            state = desks[next(turn) % 2].invoke(
                {"question": question}, {"configurable": {"thread_id": user}}
            )
        except Exception as error:
            if not any(error is one for one in raised):
                raise
            return ["raised", type(error).__name__]
        return [state.get("outcome"), state.get("answer")]

    if not at_once:
        return [run(user) for user in users]
    slow = patch("sqlite3.connect", partial(sqlite3.connect, factory=SlowConnection))
    if meets:
        opener.open(url, timeout=20).close()  # answered when the other process is there
    files = patch("builtins.open", open_slowly), patch("io.open", open_slowly)
    with slow, files[0], files[1], ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(run, users))


def text_for(question: str) -> str:
    """Return what the backend answers: to one user nothing, which is a text, too."""
    return "" if question == "mum?" else f"to {question}"


class Desk:
    """Processes that share a breaker, and the backend that they ask."""

    def __init__(self, submission) -> None:
        rng = submission.rng
        self.submission, self.now = submission, float(rng.randrange(10**6) * 1000)
        # Days: an answer that takes an hour for ever has a limit of its own.
        self.limit, self.cooldown = rng.randrange(3, 6), rng.randrange(100_000, 200_000) + 0.5
        self.up, self.kills, self.varies = False, False, False
        self.changed = threading.Condition()
        self.last = None  # this user's call is back when all other runs are over, and otherwise than theirs
        self.meet, self.most, self.patience, self.there, self.over = 1, 0, 0.0, 0, 0
        self.processes = threading.Barrier(2)
        self.process, self.file = 1, f"backend-{rng.randrange(1000)}#1.a"
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Answer as the backend does, when those who are to meet have met."""
        if request.method == "GET":  # no question: a process waits for the other
            with contextlib.suppress(threading.BrokenBarrierError):
                self.processes.wait(10)
            return Response()
        with self.changed:
            if request.method == "PUT":  # a run has ended
                self.over += 1
                self.changed.notify_all()
                return Response()
            self.there += 1
            self.changed.notify_all()
            self.changed.wait_for(self.all_there, self.patience)
            last = self.last is not None and request.body.decode() == f"{self.last}?"
            if last:
                self.changed.wait_for(lambda: self.over >= self.most - 1, 2 * self.patience)
        if self.kills:
            self.submission.kill()
            return Response(reset=True)
        return Response(body=text_for(request.body.decode())) if self.up != last else Response(status=503)

    def all_there(self) -> bool:
        """Tell whether those who are to meet have met, or nobody else can come."""
        return self.there >= self.meet or self.there + self.over >= self.most

    def gather(self, meet: int, most: int, wait: float) -> None:
        """Have the backend answer when `meet` of `most` runs ask, when all others are over, or after `wait` s."""
        with self.changed:
            self.meet, self.most, self.patience, self.there, self.over = meet, most, wait, 0, 0

    @property
    def asked(self) -> int:
        return sum(request.method == "POST" for request in self.server.requests)

    def restart(self) -> None:
        """Go on in a new process, which has checkpoints of its own."""
        self.submission.restart()
        self.process += 1

    def run(
        self, count: int, *, meet: int = 1, wait: float = 0, dies: bool = False, **more: Any
    ) -> list[Any]:
        """Let so many users ask, each for the first time; return the outcomes.

        See `gather` for when the backend answers.
        """
        self.gather(meet, count, wait)
        return self._run(self.submission, f"worker-{self.process}.db", count, dies=dies, **more)

    def run_in_two_processes(self, count: int) -> list[Any]:
        """Let so many users ask in each of two processes, all at once; return the outcomes."""
        self.gather(meet=2, most=2 * count, wait=1.5)
        users = [f"user-{number}" for number in range(count)]  # the same: processes share no threads
        with self.submission.twin() as twin, ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(
                    self._run, one, f"at-once-{number}.db", count, users=users, at_once=True, meets=True
                )
                for number, one in enumerate((self.submission, twin))
            ]
            return [outcome for one in both for outcome in one.result()]

    def _run(
        self, submission, db: str, count: int, *, users: Sequence[str] = (), dies: bool = False, **more: Any
    ) -> list[Any]:
        users = users or [f"user-{self.submission.rng.randrange(10**9)}" for _ in range(count)]
        first = not self.asked
        seen = submission.observe(
            use_desk,
            db=self.submission.path(db),
            breaker=self.submission.path(self.file),
            url=self.server.url,
            now=self.now,
            limit=self.limit,
            cooldown=self.cooldown,
            users=users,
            vary_from=self.asked if self.varies else None,
            dies=dies,
            **more,
        )
        if seen is None:
            return []
        kind = seen.get("no graph") if isinstance(seen, dict) else None
        assert kind is None, (
            f"`build_desk` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        for user, (outcome, answer) in zip(users, seen, strict=True):
            assert outcome != "raised", (
                f"`ask` raised `{answer}`, and that came out of `invoke`: a backend that raises has failed, whatever the class of "
                "the error"
            )
            right = text_for("" if user == "nobody" else f"{user}?") if outcome == "answered" else None
            assert outcome in ("answered", "failed", "refused") and answer == right, (
                f"a run ended with outcome {outcome!r} and answer {answer!r}: the prompt's table has three outcomes, and "
                "`answer` is None unless the backend answered, even if the thread holds an earlier answer"
            )
        outcomes = [outcome for outcome, _ in seen]
        assert not first or outcomes[0] != "refused", (
            "there was no file `breaker` yet, so the breaker was closed, but the first run was refused: "
            "keep what it knows in that file, and not in a variable that outlives it"
        )
        return outcomes

    def open(self) -> None:
        """Let the backend fail as often as is needed."""
        seen = self.run(self.limit)
        assert seen == ["failed"] * self.limit, (
            f"the backend is down, and the first {self.limit} runs ended as {seen}: "
            f"the breaker is closed until {self.limit} failures in a row, so each run asks"
        )


@pytest.mark.exercise("circuit_breaker", points=1, rules=(1, 5), needs=("server",))
def test_opens_for_all_users(submission):
    """It opens after failures in a row, for all users; a success between them resets the count."""
    desk = Desk(submission)
    desk.varies = True  # any three errors in a row are of three classes
    failures = desk.run(desk.limit - 1)
    desk.up = True
    success = desk.run(4, users=["ada", "bob", "mum", "nobody"])
    assert success == ["answered"] * 4, (
        f"the backend was up again after {desk.limit - 1} failures of {desk.limit}, and four runs ended as {success}: "
        "the breaker is still closed then, and an empty text is an answer"
    )
    desk.up = False
    failures += desk.run(desk.limit, users=["ada", *(f"user-{number}" for number in range(1, desk.limit))])
    assert set(failures) == {"failed"}, (
        f"with a limit of {desk.limit}, a run was refused after {desk.limit - 1} failures, a success, and at most "
        f"{desk.limit - 1} more failures: a success resets the count"
    )
    before = desk.asked
    seen = desk.run(3, users=["eve", "fay", "bob"])
    assert desk.asked == before, (
        f"{desk.limit} users in a row saw the backend fail, and {desk.asked - before} of the next 3 asked. "
        "A count in the state belongs to one thread, and one in a variable to one graph: "
        "use the file `breaker`, and count every error"
    )
    assert seen == ["refused"] * 3, f"runs that didn't ask ended as {seen}: their outcome is 'refused'"


@pytest.mark.exercise("circuit_breaker", points=2, rules=(1, 2, 5), needs=("server",), restarts=True)
def test_open_in_three_processes(submission):
    """Three processes count together, and stay open together."""
    desk = Desk(submission)
    desk.restart()  # a process in which no test has run
    desk.run(desk.limit - 1)
    desk.restart()
    desk.now += 30 * desk.cooldown  # in a row, however far apart
    seen = desk.run(3)
    lost = "the new process didn't know what the first one knew, or took it for too old: the file keeps the count until a success"
    assert desk.asked == desk.limit, (
        f"{desk.limit - 1} runs of one process failed, and 3 of the next ended as {seen}. That's {desk.asked} calls, "
        f"with a limit of {desk.limit}: {lost}"
    )
    desk.restart()
    desk.now += desk.cooldown - 0.25
    seen = desk.run(2)
    assert desk.asked == desk.limit and seen == ["refused"] * 2, (
        f"the breaker opened {desk.cooldown - 0.25} s ago, for {desk.cooldown} s, but runs of a new process ended as "
        f"{seen}: write to the file until when it's open, in `clock()` time"
    )
    one = desk.file
    for another in (f"another/{one}", one.replace(".a", ".b"), one.replace("#1", "#2")):
        before, desk.file = desk.asked, another
        desk.run(1)
        assert desk.asked > before, (
            f"the breaker in the file {one!r} is open, and with {another!r}, for a different backend, the first run was refused: "
            "each file is its own breaker, so use exactly the path you're given"
        )


@pytest.mark.exercise("circuit_breaker", points=1, rules=(2, 3), needs=("server",))
def test_one_probe(submission):
    """After the cooldown one probe is let through, and what it meets decides."""
    desk = Desk(submission)
    desk.now = 0.0  # a time like any other, and false
    desk.cooldown = submission.rng.randrange(2, 50) + 0.5
    desk.open()
    seen = desk.run(1)
    assert seen == ["refused"], (
        f"the breaker opened when `clock()` gave 0.0, and a run at that time ended as {seen}: it's open for {desk.cooldown} s. "
        "A time can be 0, so compare with `None` to see whether there is one"
    )
    desk.now += desk.cooldown
    assert_one_probe(desk)
    desk.now += desk.cooldown
    desk.up = True
    assert_others_are_refused(desk)
    seen = desk.run(3)
    assert seen == ["answered"] * 3, (
        f"a probe was answered after the next cooldown, but the three runs after it ended as {seen}: "
        "an answered probe closes the breaker"
    )


def assert_one_probe(desk: Desk) -> None:
    """Expect that one of several runs asks, where a probe is due. It fails, so that the next has to wait again."""
    before = desk.asked
    seen = desk.run(4, meet=2, wait=1.5, at_once=True)
    probes = desk.asked - before
    assert probes, (
        f"the breaker opened when `clock()` gave {desk.now - desk.cooldown}, for {desk.cooldown} s, and at {desk.now} 4 runs "
        f"ended as {seen}: one of them should ask"
    )
    assert probes == 1, (
        f"the cooldown was over, 4 runs came at once, and {probes} of them asked: only one is the probe. "
        "Check whether a probe is due and claim it in one transaction"
    )


def assert_others_are_refused(desk: Desk) -> None:
    """Expect all others to be refused while a probe is under way, which is answered once they have ended."""
    seen = desk.run(4, meet=5, wait=4, at_once=True)  # five can't meet: it waits for three to end
    assert sorted(seen) == ["answered", "refused", "refused", "refused"], (
        f"a probe was due, 4 runs came at once, and the backend answers after 3 of them have ended: they ended as {seen}. Refuse all "
        "the others at once: hold no lock while you ask"
    )
