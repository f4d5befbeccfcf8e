"""Public tests of `measure_the_run`."""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.sandbox.http_server import Request, Response

if TYPE_CHECKING:
    import random


def measure(Meter, url, db, calls, threads, nested=False, together=False, last_kills=False):
    """Make measured calls in some threads; each thread's clock is moved by its calls, and by nothing else.

    With `nested`, each third call makes another one that's measured, too, and calls itself once, for 2 of its 7 ms; each
    third is made while another error is being handled; and of the calls that raise, each with an odd number raises no
    `Exception`, but a `BaseException`. With `together`, a thread's clock tells when a call ended only when those of the
    other threads have ended, too. With `last_kills`, the process kills itself as soon as the last call has come back: whoever kills
    it from outside comes later, and what a thread writes meanwhile is on disk by then.
    """
    import os
    import signal
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    client, here = httpx.Client(base_url=url, timeout=20), threading.local()
    wrong, late = [], []
    ends = threading.Barrier(threads, timeout=3)

    def clock():
        here.now = getattr(here, "now", 1_000_000.0)
        if together and getattr(here, "ended", False):
            here.ended = False
            try:
                ends.wait()
            except threading.BrokenBarrierError:
                late.append(1)
            time.sleep(0.008 - time.monotonic() % 0.008)  # two processes write at the same moment, too
        return here.now

    class Failed(Exception):
        pass

    class Stopped(BaseException):  # as KeyboardInterrupt is
        pass

    def call(number, *, kind, ms, fails):
        client.post("/call", json=[kind, ms, fails])
        here.now = clock() + ms / 2000
        if nested and number % 3 == 0:
            within(True)
        here.now = clock() + ms / 2000
        here.ended = True
        if fails:
            here.raised = (Stopped if nested and number % 2 else Failed)(number)
            raise here.raised
        here.result = {"number": number} if number % 4 else None
        return here.result

    def step(again):
        here.now = clock() + 0.002
        if again:
            within(False)
            here.now = clock() + 0.003

    meter = Meter(db, clock)
    by_stage = {stage: meter.measured(stage, call) for stage, _, _ in calls}
    for stage in by_stage:
        meter.measured(stage, lambda *args, **kwargs: "what another function of the stage returns")
    within = meter.measured("within", step) if nested else None

    def one(number):
        if nested and number % 3 == 1:
            try:
                raise LookupError(number)
            except LookupError:
                attempt(number)
        else:
            attempt(number)

    def attempt(number):
        stage, ms, fails = calls[number]
        here.result = wrong  # until `call` has one of its own
        try:
            result = by_stage[stage](number, kind=stage, ms=ms, fails=fails)
            if fails or result is not here.result:
                wrong.append(
                    f"a call that {'raised' if fails else 'returned something'} came back with {result}"
                )
        except (Failed, Stopped) as error:
            if not fails or error is not here.raised:
                wrong.append(f"another exception came out, {error!r}, which isn't the one that was raised")
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}"[:150])
        if last_kills and number == len(calls) - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if nested and number % 3 == 0:
            client.post("/back", json=["within", 2.0, False])
            client.post("/back", json=["within", 7.0, False])
            ms += 7
        client.post("/back", json=[stage, ms, fails])

    if threads == 1:
        for number in range(len(calls)):
            one(number)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(len(calls))))
    try:
        return {"wrong": wrong, "late": len(late), "summary": Meter(db, clock).summary()}
    except Exception as error:
        return {"wrong": wrong, "late": len(late), "broken": f"{type(error).__name__}: {error}"[:150]}


def draw_calls(rng: random.Random, count: int, stages: int = 2) -> list[list[Any]]:
    """Draw calls: the stage, how long it takes in milliseconds, and whether it raises."""
    names = rng.sample(["read", "price", "keep", "mail"], stages)
    drawn = [[rng.choice(names), draw_time(rng), rng.random() < 0.3] for _ in range(count)]
    return [*drawn[:-1], [drawn[-1][0], 0.0, False]] if count > 3 else drawn  # a call may take no time at all


def draw_processes(rng: random.Random, *counts: int) -> list[list[list[Any]]]:
    """Draw the calls of one process after another: of a stage of its own, and of one that all have.

    A stage's calls take the same time, and one of them returns. So any rank has it: whoever takes a wrong one, or leaves
    failed calls out, hears of it from other tests.
    """
    stages = rng.sample(["read", "price", "keep", "mail", "sum", "send"], len(counts) + 1)
    times = {stage: draw_time(rng) for stage in stages}
    drawn = list[list[list[Any]]]()
    for own, count in zip(stages[1:], counts, strict=True):
        calls = [[rng.choice([stages[0], own]), rng.random() < 0.5] for _ in range(count - 2)]
        calls += [[stages[0], False], [own, False]]
        rng.shuffle(calls)
        drawn.append([[stage, times[stage], fails] for stage, fails in calls])
    return drawn


def draw_time(rng: random.Random) -> float:
    """Draw how long a call takes, in milliseconds."""
    return rng.choice([1, 3, 12, 50, 400]) + rng.randrange(1000) / 1000


def same_number(one: str, other: str) -> bool:
    """Say whether two texts, apart from spaces around them, are the same number, written in two ways."""
    try:
        return float(one) == float(other) and one.strip() != other.strip()
    except ValueError:
        return False


class Service:
    """Notes each call and when it came back, kills where the plan says so, and knows the right summary."""

    def __init__(self, submission: Any, db: str = "metrics.db") -> None:
        self._submission, self._db = submission, db
        self.noted: list[list[Any]] = []  #: the calls that ended in their process
        self.seen: dict[str, Any] = {}
        self._wrong: list[str] = []
        self._broken: str | None = None
        self._dies, self._left, self._dead, self.kills = "", 0, False, 0
        self._lock = threading.Lock()
        self._together: threading.Barrier | None = None
        self._alone = 0  #: calls that waited for others, which didn't come
        self._late = 0  #: ends of calls that waited for others' ends, which weren't measured
        self._nested = False
        self._server = submission.serve(self._answer)

    def let_go_together(self, count: int) -> None:
        """From now on, let calls end in groups of so many, so that they are noted at the same moment."""
        self._together = threading.Barrier(count, timeout=5)

    def run(
        self,
        calls: list[list[Any]],
        threads: int = 1,
        dies: str = "",
        who: Any = None,
        *,
        nested: bool = False,
    ) -> None:
        """Have calls made; with `dies`, the last one is the process's end: within it, or when it has come back."""
        if self._dead:
            self._submission.restart()
        self._dies, self._left = dies, len(calls)
        self._nested = self._nested or nested
        given = {"calls": calls, "threads": threads, "nested": nested, "db": self._submission.path(self._db)}
        given["last_kills"] = dies == "after"
        given["together"] = self._together is not None and threads > 1
        seen = (who or self._submission).observe(measure, dies=bool(dies), url=self._server.url, **given)
        self._dead = seen is None
        if seen:
            self._wrong += seen["wrong"]
            self._late += seen["late"]
            self.seen, self._broken = seen.get("summary", {}), seen.get("broken")

    def _answer(self, request: Request) -> Response:
        if self._together and request.path == "/call":
            try:
                self._together.wait()
            except threading.BrokenBarrierError:
                self._alone += 1
        with self._lock:
            if request.path == "/call":
                self._left -= 1
                if self._dies and not self._left:
                    self.kills += 1
                    if self._dies == "within":
                        self._submission.kill()
                    else:  # it will come back, and its process kills itself
                        self.noted.append(request.json)
                return Response()
            self.noted.append(request.json)
        return Response()

    def assert_summed(self, when: str) -> None:
        """Expect the summary of everything that came back."""
        threads = next((text for text in self._wrong if "thread" in text.lower()), None)
        assert not threads, (
            f"{when}, a measured call raised {threads}: several threads may measure at the same time"
        )
        lost = next((text for text in self._wrong if "TypeError" in text), None)
        assert not lost, (
            f"{when}, a measured call raised {lost}: pass on the same arguments, with their names"
        )
        assert not self._wrong, (
            f"{when}, {self._wrong[0]}: what the call returns comes back, and what it raises comes out"
        )
        stages = {stage for stage, _, _ in self.noted}
        assert not self._alone, (
            f"{when}, only some calls were under way at the same time: the others waited for them to end, so hold no lock during a "
            "call"
        )
        assert not self._late, (
            f"{when}: several calls ended together, and 3 seconds later not all had read `clock`: read it as soon as a call "
            "has ended, before you wait for a lock or the file"
        )
        odd = [stage for stage in sorted(stages) if not stage.isalpha()] or ["?"]
        assert not self._broken, (
            f"{when}, `summary` raised {self._broken}. A stage was named {odd[-1]!r}, for instance: a name may be any text"
        )
        unknown, lost = sorted({*self.seen} - stages), sorted(stages - {*self.seen})
        became = next(((name, other) for name in lost for other in unknown if same_number(name, other)), None)
        assert not became, (
            f"{when}, the stage {became[0]!r} came back as {became[1]!r}: names are text, also those that look like numbers. SQLite "
            "makes numbers of what's in a `string` column, and keeps text in a `text` column"
        )
        assert not unknown, (
            f"{when}, the summary has a stage {unknown[0]!r}, which wasn't measured; {(lost or sorted(stages))[0]!r} was, for instance: "
            "a name may be any text"
        )
        kept = Counter({stage: each["calls"] for stage, each in self.seen.items()})
        good = Counter(stage for stage, _, fails in self.noted if not fails)
        for stage in sorted(stages):
            times = sorted(ms for other, ms, _ in self.noted if other == stage)
            failed = sum(fails for other, _, fails in self.noted if other == stage)
            found = self.seen.get(stage)
            how = (
                "each is on disk when it comes back, for every `Meter` of every process, also if it took no time, began when another did, "
                "or raised anything"
                if not self.kills
                else (
                    "count all processes' calls, also two that began at one moment: what came back must be on disk, and what was under "
                    "way when its process died isn't counted"
                )
            )
            calls = kept[stage]
            assert kept != good or not (good and failed), (
                f"{when}, {stage!r} has {counted(calls, 'call')}, and {failed} of {len(times)} raised: those count, too"
            )
            assert self._together is None or calls >= len(times), (
                f"{when}, {stage!r} has {counted(calls, 'call')}, and {len(times)} came back: each must be on disk by then, also if two begin or "
                "end at the same moment, or the file is locked"
            )
            assert calls == len(times), (
                f"{when}, {stage!r} has {counted(calls, 'call')}, and {len(times)} came back: {how}"
            )
            assert found["failed"] == failed, (
                f"{when}, {stage!r} has {found['failed']} failed calls, and {failed} raised"
                f"{CAUGHT if self._nested and found['failed'] > failed else WHATEVER * (found['failed'] < failed)}"
            )
            well = sorted(ms for other, ms, fails in self.noted if other == stage and not fails)
            only_returned = len(well) > 1 and all(
                abs(found[f"p{share}"] - well[math.ceil(share * len(well) / 100) - 1]) <= 0.001
                for share in (50, 95, 99)
            )
            for share in (50, 95, 99):
                rank, value = math.ceil(share * len(times) / 100), found[f"p{share}"]
                right = times[rank - 1]
                assert abs(value * 1000 - right) > 0.01 or right < 0.1, (
                    f"{when}, p{share} of {stage!r} is {value:.4f}, and should be {right:.3f}: in milliseconds"
                )
                assert abs(value - right) <= 0.001 or round(right, 2) != value, (
                    f"{when}, p{share} of {stage!r} is {value}, and should be {right:.3f}: return what was measured, and let whoever "
                    "prints it round"
                )
                assert value or not right or failed < len(times), (
                    f"{when}, p{share} of {stage!r} is {value:.3f} ms, and should be {right:.3f}: all its calls failed, and those took "
                    "time, too"
                )
                assert value > 0.9 or right < 0.9, (
                    f"{when}, p{share} of {stage!r} is {value:.4f} ms, and by `clock` it was {right:.3f}: measure with `clock`"
                )
                # What another rank or an average would give says nothing about the start.
                near = times[max(rank - 2, 0)] <= value <= times[min(rank, len(times) - 1)]
                assert near or stage != "within" or any(abs(value - ms) <= 0.001 for ms in times), (
                    f"{when}, p{share} of {stage!r} is {value:.3f} ms, and should be {right:.3f}: the function calls itself, so each "
                    "call needs a start of its own, in a local variable"
                )
                assert abs(value - right) <= 0.001 or not only_returned, (
                    f"{when}, p{share} of {stage!r} is {value:.3f} ms, and should be {right:.3f}: a call that raised took its time, too"
                )
                assert abs(value - right) <= 0.001, (
                    f"{when}, p{share} of {stage!r} is {value:.3f} ms, and should be {right:.3f}, one of the {len(times)} times "
                    "that `clock` measured, failed calls included: take the nearest rank"
                )


WHATEVER = ": one that raised has failed, whatever it raised"
CAUGHT = ": a call that returned hasn't failed, even within its caller's `except`"


@pytest.mark.exercise("measure_the_run", points=2, needs=("server",), rules=(1, 2, 5))
def test_calls_of_two_stages(submission):
    """Calls of two stages, some of which raise, or make another measured call: each counts, with its time."""
    service = Service(submission)
    service.run([*draw_calls(submission.rng, 30), ["price", 5.5, True], ["price", 700.25, True]], nested=True)
    service.assert_summed("after calls of several stages")


@pytest.mark.exercise("measure_the_run", points=1, restarts=True, needs=("server",), rules=(3, 4))
def test_a_second_process(submission):
    """A process is killed after its calls, and another one goes on: both count."""
    service = Service(submission)
    first, second = draw_processes(submission.rng, 5, 7)
    service.run(first, dies="after")
    service.run(second)
    service.assert_summed("after a kill")
