"""Public tests of `retry_budget`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Request, Response

from common import draw_order

if TYPE_CHECKING:
    from autograder.sandbox.http_server import Request


CHECKOUT_STEPS = ("reserve", "charge", "invoice", "mail")
CHECKOUT_SLACK = 0.3  # seconds that an attempt may be late, for the machine may be busy


def check_out(build_checkout, url, db, order, budget, runs, between=0.0, resume=False, thread=None):
    """Run the checkout, then resume it, `runs` runs in all; note how each of them ends, and what was asked until then."""
    import time

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client = httpx.Client(verify=False, timeout=10)

    failed = []

    def call(step, order):
        try:
            return ask(step, order)
        except Exception as error:
            failed.append(type(error))
            raise

    def ask(step, order):
        asked.append(step)
        answer = client.post(f"{url}/{step}", json={"order": order})
        if answer.status_code == 503:
            raise ConnectionError(f"{step}: 503, {answer.text}")
        if answer.status_code == 502:
            raise ConnectionResetError(f"{step}: 502, {answer.text}")  # a `ConnectionError`, too
        if answer.status_code == 504:
            raise TimeoutError(f"{step}: 504")  # an `OSError`, as `ConnectionError` is
        if answer.status_code == 521:
            raise httpx.ConnectError(f"{step}: 521")
        if answer.status_code == 522:
            import requests

            raise requests.ConnectionError(f"{step}: 522")  # an `OSError`, too
        if answer.status_code != 200:
            raise ValueError(f"{step}: {answer.status_code}")
        return answer.text

    config, ends, spaces, asked = {"configurable": {"thread_id": thread or order}}, [], set(), []
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        graph = build_checkout(saver, call, **budget)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for number in range(runs):
            given = None if resume or number else {"order": order}
            time.sleep(between if number else 0)
            try:
                for space, _ in graph.stream(given, config, stream_mode="updates", subgraphs=True):
                    spaces.update(name.split(":")[0] for name in space)
                ends.append({"refs": graph.get_state(config).values.get("refs")})
            except Exception as error:
                kinds = (ConnectionError, TimeoutError, ValueError)
                kind = next((kind.__name__ for kind in kinds if isinstance(error, kind)), None)
                library = type(error).__module__.split(".")[0]
                if kind is None and library not in ("httpx", "requests"):
                    raise
                ends.append(
                    {
                        "raised": kind or f"{library}.{type(error).__name__}",
                        "text": str(error),
                        "as": type(error).__name__,
                        "last": failed[-1].__name__ if failed else None,
                        "same": not failed or isinstance(error, failed[-1]),
                    }
                )
            ends[-1]["asked"] = list(asked)
    return {"ends": ends, "spaces": sorted(spaces)}


def check_out_at_once(build_checkout, orders, budget):
    """Check several orders out with one graph, step by step together; return the `refs` or the error of each.

    Each step fails until its last attempt.
    """
    import threading
    from collections import Counter
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress

    from langgraph.checkpoint.memory import InMemorySaver

    asked, together = Counter(), threading.Barrier(len(orders))

    def call(step, order):
        with suppress(threading.BrokenBarrierError):
            together.wait(2)
        asked[step, order] += 1
        if asked[step, order] < budget["attempts"]:
            raise ConnectionError(f"{step} failed")
        return f"{step} of {order}"

    graph = build_checkout(InMemorySaver(), call, **budget)

    def run(order):
        try:
            return graph.invoke({"order": order}, {"configurable": {"thread_id": order}}).get("refs")
        except ConnectionError as error:
            return str(error)

    with ThreadPoolExecutor(len(orders)) as pool:
        return list(pool.map(run, orders))


def check_out_in_no_time(build_checkout, budget, fails, takes=0, meanwhile=None, runs=1):
    """Check out with a clock that jumps where a step's thread sleeps, and by `takes` seconds at each attempt.

    `fails` says how often which step fails; while the step `meanwhile` is asked for the second time, the same graph
    checks out another order, in which that step fails once. A run that fails is resumed, `runs` runs in all. Return
    each attempt's step, with "other" before it if it's the other order's, and by how much the clock had jumped then.
    """
    import threading
    import time
    from contextlib import suppress
    from unittest import mock

    from langgraph.checkpoint.memory import InMemorySaver

    callers, slept, attempts = set(), [0.0], []
    really = time.sleep

    def sleep(seconds):
        if threading.get_ident() in callers:
            slept[0] += seconds
        else:
            really(seconds)

    def jumping(clock):
        return lambda: clock() + slept[0]

    def call(step, order):
        callers.add(threading.get_ident())
        if order == "o-2":
            attempts.append([f"other {step}", slept[0]])
            if step == meanwhile and [name for name, _ in attempts].count(f"other {step}") == 1:
                raise ConnectionError(f"{step} failed")
            return step
        attempts.append([step, slept[0]])
        slept[0] += takes
        if step == meanwhile and [name for name, _ in attempts].count(step) == 2:
            other = threading.Thread(target=run, args=({"order": "o-2"}, "o-2"), daemon=True)
            other.start()
            other.join(10)
        if [name for name, _ in attempts].count(step) <= fails.get(step, 0):
            raise ConnectionError(f"{step} failed")
        return step

    def run(given, thread):
        with suppress(ConnectionError):
            graph.invoke(given, {"configurable": {"thread_id": thread}})

    clocks = {name: jumping(getattr(time, name)) for name in ("monotonic", "time", "perf_counter")}
    with mock.patch.multiple(time, sleep=sleep, **clocks):
        graph = build_checkout(InMemorySaver(), call, **budget)
        for number in range(runs):
            run(None if number else {"order": "o-1"}, "o-1")
    return attempts


class CheckoutBackend:
    """Answers each step with the statuses that are left for it, then with 200; notes when it was asked.

    What it returns for the step `empty` is an empty text.
    """

    def __init__(self, statuses: dict[str, list[int]], *, takes: float = 0.0, empty: str = "") -> None:
        self.statuses, self.takes, self.empty = statuses, takes, empty
        self.asked: list[tuple[str, float]] = []
        self.orders: set[str] = set()
        self.refs: dict[str, str] = {}

    def __call__(self, request: Request) -> Response:
        step = request.path[1:]
        self.asked.append((step, time.monotonic()))
        self.orders.add(str(request.json["order"]))
        if left := self.statuses.get(step):
            time.sleep(self.takes)
            return Response(status=left.pop(0), body=f"call number {len(self.asked)} failed")
        text = f"{step[0]}-{len(self.asked)}-{request.json['order']}"
        self.refs[step] = "" if step == self.empty else text
        return Response(body=self.refs[step])

    def times(self, step: str) -> list[float]:
        """Return when a step was asked, in order."""
        return [when for name, when in self.asked if name == step]

    def counts(self) -> dict[str, int]:
        """Return how often each step was asked."""
        return {step: len(self.times(step)) for step in CHECKOUT_STEPS}


def checked_out(
    submission: Any, backend: CheckoutBackend, budget: dict[str, Any], *, order: str, **how: Any
) -> list[dict[str, Any]]:
    """Let the learner's checkout talk to a backend; return how its runs ended."""
    server, db = submission.serve(backend), submission.path("checkout.db")
    seen = submission.observe(check_out, url=server.url, db=db, order=order, budget=budget, **how)
    kind = seen.get("no graph")
    assert kind is None, f"`build_checkout` returned a value of type {kind}, not a compiled graph"
    assert backend.asked, "the backend was never asked: call `call(step, order)` for each step"
    others = sorted(backend.orders - {order})
    assert not others, f"the backend was asked about order {others[0]!r}, but the run was for {order!r}"
    paid = "reserve" in backend.refs and not how.get("resume")
    assert not paid or "payment" in seen["spaces"], (
        "nothing ran in a subgraph named `payment`: compile a graph of "
        "`reserve` and `charge`, and make it that node"
    )
    return seen["ends"]


def assert_checkout_failed(end: dict[str, Any], step: str, kind: str = "ConnectionError") -> None:
    """Expect a run to have ended in the error of a step."""
    assert end.get("raised") == kind, (
        f"`{step}` failed for good, and the run "
        + (
            f"raised {end['raised']} instead of {kind}"
            if "raised" in end
            else "ended as if nothing had failed"
        )
        + ": let the error from `call` out, so that the thread can be resumed"
    )
    assert end["same"], (
        f"`{step}` failed for good with a `{end['last']}`, and the run raised a `{end['as']}`: raise what `call` raised last, and "
        "no other error"
    )


def assert_each_order(submission: Any, budget: dict[str, Any]) -> None:
    """Expect each order of a thread to be checked out from its first step on, however the one before ended."""
    backend, thread = CheckoutBackend({}), f"customer-{submission.rng.randrange(1000)}"
    last = None
    for number, fails in enumerate((None, "invoice", "mail", None), 1):
        backend.orders.clear()
        order, before = draw_order(submission.rng), backend.counts()
        backend.statuses = {fails: [503] * budget["attempts"]} if fails else {}
        (end,) = checked_out(submission, backend, budget, order=order, runs=1, thread=thread)
        reached = CHECKOUT_STEPS[: CHECKOUT_STEPS.index(fails) + 1] if fails else CHECKOUT_STEPS
        few = [step for step in reached if backend.counts()[step] == before[step]]
        assert not few or number == 1, (
            f"a thread's last order had {f'failed for good in `{last}`' if last else 'been checked out'}. The next one was begun, and "
            f"`{few[0]}` wasn't called for it: what an earlier order left isn't this one's"
        )
        if fails:
            assert_checkout_failed(end, fails)
        else:
            assert_checkout_done(end, backend, f"after order {number} of one thread")
        last = fails


def assert_last_error(end: dict[str, Any], step: str, backend: CheckoutBackend) -> None:
    """Expect an error that tells of a call to tell of the last one. An error with other words may tell of none."""
    last = len(backend.asked)
    told = next((n for n in range(1, last + 1) if f"number {n} failed" in end["text"]), last)
    assert told == last, (
        f"`{step}` failed for good with call {last}, and the run raised the error of call {told}: "
        "raise what `call` raised last"
    )


def assert_checkout_done(end: dict[str, Any], backend: CheckoutBackend, case: str) -> None:
    """Expect a run to have ended with what the backend returned for the four steps."""
    assert "raised" not in end, (
        f"{case}, the run ended in `{end['raised']}: {end['text']}` instead of with the four `refs`"
    )
    assert end["refs"] == backend.refs, (
        f"{case}, `refs` is {end['refs']}, but the backend returned {backend.refs}"
    )


def assert_earlier_once(backend: CheckoutBackend, step: str, case: str, why: str) -> None:
    """Expect the steps before a failing one to have been asked once, and the steps after it not at all."""
    counts, place = backend.counts(), CHECKOUT_STEPS.index(step)
    for earlier in CHECKOUT_STEPS[:place]:
        assert counts[earlier], f"{case}, `{step}` was called before `{earlier}`: keep the order of the steps"
        assert counts[earlier] == 1, (
            f"{case}, `{earlier}` was called {counts[earlier]} times, although "
            f"it succeeded the first time: {why}"
        )
    late = [later for later in CHECKOUT_STEPS[place + 1 :] if counts[later]]
    assert not late, f"{case}, `{late[0]}` was called anyway: it comes after `{step}`"


@pytest.mark.exercise("retry_budget", points=2, rules=(1, 2, 5, 6), needs=("server",))
def test_attempts_of_each_step(submission):
    """Each of the four steps fails in turn: it has its attempts, and no other step is repeated."""
    attempts = submission.rng.choice([3, 4])
    budget = {"attempts": attempts, "pause": 0.002, "seconds": 30}  # no pause is timed here
    for step in CHECKOUT_STEPS:
        backend = CheckoutBackend({step: [503] + [502] * 50})
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        count, case = len(backend.times(step)), f"when `{step}` failed"
        assert count != attempts + 1, (
            f"`{step}` was attempted {count} times instead of {attempts}: `max_attempts`, "
            "and our `attempts`, counts the first"
        )
        assert count != attempts**2, (
            f"`{step}` was attempted {count} times, {attempts} times {attempts}: "
            "retries at two levels multiply, so keep one"
        )
        assert count != 2, (
            f"`{step}` failed with `ConnectionError`, then with `ConnectionResetError`, and wasn't attempted again: the second is "
            "a subclass of the first, so catch both with `except ConnectionError`"
        )
        assert count == attempts, f"`{step}` was attempted {often(count)} instead of {often(attempts)}"
        why = (
            "a retry in the same process restarts a subgraph from the beginning, "
            "so put the retry around the call that fails"
            if step == "charge"
            else "a retry in the same process runs the whole node again, "
            "including its finished tasks, so put the retry around the call that fails"
        )
        assert_earlier_once(backend, step, case, why)
        assert_checkout_failed(end, step)
        assert_last_error(end, step, backend)
    backend = CheckoutBackend({step: [503] * (attempts - 1) for step in CHECKOUT_STEPS})
    (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
    case = f"when each step failed {often(attempts - 1)}, and succeeded then"
    assert_checkout_done(end, backend, f"{case} (each has {attempts} attempts of its own)")
    assert_each_order(submission, budget)
    step = submission.rng.choice(CHECKOUT_STEPS)
    backend = CheckoutBackend({step: [503] * (attempts - 1)}, empty=step)
    (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
    case = f"after {attempts - 1} failures of `{step}` and a success that returned an empty text"
    assert_checkout_done(end, backend, case)
    assert len(backend.times(step)) == attempts, (
        f"{case}, it was called {often(len(backend.times(step)))} instead of {often(attempts)}: "
        "what doesn't raise has succeeded, whatever it returns"
    )


@pytest.mark.exercise("retry_budget", points=1, rules=(3, 6), needs=("server",))
def test_total_time_is_limited(submission):
    """A backend that takes long to fail: no attempt begins after the time is up."""
    budget = {"attempts": 9, "pause": 0.002, "seconds": 0.2}  # in which the pauses alone would last 0.5 s
    long_pause = {"attempts": 3, "pause": 0.7, "seconds": 0.25}  # one attempt, however fast the machine is
    for step in (submission.rng.choice(("reserve", "charge")), submission.rng.choice(("invoice", "mail"))):
        backend = CheckoutBackend({step: [503] * 100}, takes=0.08)
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        times = backend.times(step)
        last = times[-1] - times[0]
        assert last <= budget["seconds"] + CHECKOUT_SLACK, (
            f"attempt {len(times)} of `{step}` started {last:.1f} s after the first "
            f"one, although `seconds` was {budget['seconds']}: "
            "the backend is slow to fail, and a retry policy has no time limit, "
            "so look at a clock before each attempt"
        )
        assert len(times) > 1, (
            f"`{step}` failed after 0.08 s of its {budget['seconds']} s, and wasn't attempted again: there was time left"
        )
        assert_checkout_failed(end, step)
        backend = CheckoutBackend({step: [503]})
        (end,) = checked_out(submission, backend, long_pause, order=draw_order(submission.rng), runs=1)
        times = backend.times(step)
        assert len(times) == 1, (
            f"with `pause` {long_pause['pause']} and `seconds` {long_pause['seconds']}, `{step}` was attempted again after "
            f"{times[-1] - times[0]:.1f} s: look at the clock after the pause, because no attempt may start too late"
        )
        assert_checkout_failed(end, step)
    assert_no_time_is_a_limit(submission)
    assert_time_begins_with_the_attempt(submission)
    assert_each_step_has_its_time(submission)
    assert_each_order_has_its_time(submission)


def assert_each_step_has_its_time(submission: Any) -> None:
    """Expect each step to have its seconds, however long the steps before it took."""
    budget, takes = {"attempts": 3, "pause": 1, "seconds": 10}, 8
    tried = submission.observe(
        check_out_in_no_time, budget=budget, fails=dict.fromkeys(CHECKOUT_STEPS, 1), takes=takes
    )
    names = [name for name, _ in tried]
    once = next((step for step in CHECKOUT_STEPS if names.count(step) < 2), None)
    assert once is None, (
        f"with `seconds` {budget['seconds']}, `{once}` failed after {takes} s and wasn't attempted again. The steps before it took "
        "long, too, but that's not its time: each step's `seconds` begin with its own first attempt"
    )


def assert_each_order_has_its_time(submission: Any) -> None:
    """Expect a step's time to be up when it's up, although another order begins the same step meanwhile."""
    budget = {"attempts": 6, "pause": 1, "seconds": 10}
    for step in ("reserve", "mail"):
        lasted = list[float]()
        for meanwhile in (None, step):
            tried = submission.observe(
                check_out_in_no_time, budget=budget, fails={step: 5}, takes=8, meanwhile=meanwhile
            )
            times = [at for name, at in tried if name == step]
            lasted.append(times[-1] - times[0] if times else 0)
            assert [name for name, _ in tried].count(f"other {step}") != 1, (
                f"one order's `{step}` had used up its time when another order's began, failed at once, and wasn't attempted again: "
                "each run needs a clock of its own, not one beside the graph"
            )
        alone, beside = lasted
        # Alone it may last longer for those who read a clock that can't be made to jump.
        assert alone > budget["seconds"] or beside <= budget["seconds"], (
            f"with `seconds` {budget['seconds']}, an attempt of `{step}` started {beside:.0f} s after the first one, because another "
            "order had begun the same step meanwhile: each run needs a clock of its own, not one beside the graph"
        )


def assert_time_begins_with_the_attempt(submission: Any) -> None:
    """Expect one attempt where it took all the seconds to fail."""
    budget, step = {"attempts": 3, "pause": 0.002, "seconds": 0.4}, submission.rng.choice(CHECKOUT_STEPS)
    backend = CheckoutBackend({step: [503]}, takes=0.5)
    (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
    count = len(backend.times(step))
    assert count == 1, (
        f"with `seconds` {budget['seconds']}, `{step}` failed after {backend.takes} s and was attempted {often(count)}: its time begins "
        "when the first attempt starts, not when it has failed"
    )
    assert_checkout_failed(end, step)


def assert_no_time_is_a_limit(submission: Any) -> None:
    """Expect one attempt where there are no seconds for another."""
    backend, budget = CheckoutBackend({"reserve": [503]}), {"attempts": 3, "pause": 0.01, "seconds": 0}
    (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
    count = len(backend.times("reserve"))
    assert count == 1, (
        f"with `seconds` 0, `reserve` was attempted {often(count)}: 0 is a limit, too, and leaves one attempt, "
        "so don't ask whether it's true"
    )
    assert_checkout_failed(end, "reserve")


@pytest.mark.exercise("retry_budget", points=1, rules=(5, 6), needs=("server",))
def test_resumed_run_has_a_new_budget(submission):
    """A resumed run goes on at the step that failed, with a new budget."""
    budget = {"attempts": 2, "pause": 0.01, "seconds": 0.15}
    for step in ("charge", "mail"):
        before = CHECKOUT_STEPS[CHECKOUT_STEPS.index(step) - 1]
        backend = CheckoutBackend({step: [503] * 3}, empty=before)
        order = draw_order(submission.rng)
        ends = checked_out(submission, backend, budget, order=order, runs=2, between=budget["seconds"] + 0.05)
        assert_checkout_failed(ends[0], step)
        counts = backend.counts()
        repeated = [name for name in CHECKOUT_STEPS if name != step and counts[name] > 1]
        at_once = [name for name in repeated if ends[0]["asked"].count(name) > 1]
        assert not at_once, (
            f"`{step}` failed, and `{at_once[0]}`, which had succeeded, was called again in the same run: a retry repeats all "
            "that it's around, finished tasks, too, so put it around the call that fails"
        )
        assert not repeated, (
            f"when the run was resumed after `{step}` failed, `{repeated[0]}` "
            "was called again, although it had succeeded. "
            "A node is saved only when it ends, so make each call inside it a `@task`"
        )
        assert counts[step] != 3, (
            f"in the resumed run `{step}` failed once and wasn't attempted "
            "again: each run gets a new budget, "
            "so don't keep the time in the state or in the graph"
        )
        assert_checkout_done(
            ends[1], backend, f"after three failures of `{step}`, in two runs of two attempts"
        )
        backend = CheckoutBackend({step: [503, 422, 503, 503]})
        given = {"attempts": 3, "pause": 0.002, "seconds": 30}
        ends = checked_out(submission, backend, given, order=draw_order(submission.rng), runs=2)
        assert_checkout_failed(ends[0], step, "ValueError")
        assert "raised" not in ends[1], (
            f"`{step}` failed with `ConnectionError`, then for good with `ValueError`. In the resumed run it failed twice, and had no "
            "third attempt: each run gets a new budget, however the one before ended"
        )
        assert_checkout_done(ends[1], backend, f"after a resumed run of `{step}` with three attempts")
