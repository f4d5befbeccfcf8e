"""Public tests of `observe_a_run`."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted, often
from autograder.sandbox.http_server import Response

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from autograder.sandbox.http_server import Request


OBSERVE_NODES = ("validate", "price", "charge", "approve", "reserve", "ship", "notify", "archive")
OBSERVE_MAX = 3  #: attempts that a node's retry policy allows
OBSERVE_ERRORS = ("ConnectionError", "TimeoutError", "ValueError", "KeyError", "RuntimeError", "LookupError")


def run_observed(observed, url, stages, visits, runs, at_once, namesake, copies, limits, named):
    """Observe runs of a graph whose nodes ask the backend what to do. Each stage's nodes run in parallel.

    A run is of a thread, and new, resumed (`True`), or goes on after a failure (`None`). All runs of a thread have the
    same config, whose callbacks are a list in every other thread, and in the rest a manager that belongs to a run which
    is under way, and one of whose handlers no nested run inherits. `limits` has the recursion limits of some threads, and the config of the thread `named` a
    `run_name`.

    With `namesake`, what a node calls for that has the node's own name. With `copies`, the first node sends the second
    stage's so many times.
    """
    import builtins
    import json
    import operator
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    from typing import Annotated, TypedDict
    from urllib.request import Request, urlopen
    from uuid import uuid4

    from langchain_core.callbacks import BaseCallbackHandler, CallbackManager
    from langchain_core.runnables import RunnableLambda
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, RetryPolicy, Send, interrupt
    from prometheus_client import CollectorRegistry

    class State(TypedDict, total=False):
        run: int
        done: Annotated[list, operator.add]

    class PowerInterrupt(Exception):  # which pauses nothing
        pass

    written, registry, calls = Path("run.log"), CollectorRegistry(), []
    written.unlink(missing_ok=True)
    log = written.open("a")

    class Together:
        """A log in which the first piece without an end waits for another thread's."""

        def __init__(self, file):
            self.file, self.first, self.other = file, None, threading.Event()

        def write(self, text):
            length, me = self.file.write(text), threading.get_ident()
            if self.first not in (None, me):
                self.other.set()
            if self.first is None and not text.endswith("\n"):
                self.first = me
                self.other.wait(1)  # in vain, if a lock is held
            return length

        def __getattr__(self, name):
            return getattr(self.file, name)

    def ask(about):
        return json.loads(urlopen(Request(url, data=json.dumps(about).encode(), method="POST")).read())

    def node(name):
        def act(state, config):
            thread = config["configurable"]["thread_id"]
            visit = state["copy"] if "copy" in state else state.get("done", []).count(name)
            about = {"thread": thread, "node": name, "visit": visit, "lines": written.read_text().count("\n")}
            called = RunnableLambda(ask, name=name if namesake else None)  # as a node calls a model
            told = called.invoke(about)
            if told["error"]:
                kind = getattr(builtins, told["error"], PowerInterrupt)
                raise kind("the backend is down")
            if told["interrupt"]:
                interrupt("may I?")
            return {"done": [name]}

        return act

    def whether_again(state):
        return stages[0] if state["done"].count(stages[-1][0]) < visits else END

    class Mine(BaseCallbackHandler):
        def __init__(self, held):
            self.held = held

        def on_chain_start(self, *given, **more):
            calls.append(self.held)

    builder = StateGraph(State)
    policy = RetryPolicy(initial_interval=0.01, max_attempts=3, jitter=False, retry_on=Exception)
    for before, stage in zip([[START], *stages], stages, strict=False):
        for name in stage:
            builder.add_node(name, node(name), retry_policy=policy)
            if copies and before == stages[0]:
                sends = [Send(name, {"copy": number}) for number in range(copies)]
                builder.add_conditional_edges(before[0], lambda state, sends=sends: sends, [name])
            else:
                builder.add_edge(before[0] if before == [START] else before, name)
    builder.add_conditional_edges(stages[-1][0], whether_again, [*stages[0], END])
    graph, others = builder.compile(checkpointer=InMemorySaver()), [Path("before.log"), Path("after.log")]
    observed(graph, others[0].open("w"), CollectorRegistry())
    run = observed(graph, Together(log) if at_once else log, registry)
    observed(graph, others[1].open("w"), CollectorRegistry())
    if not callable(run):
        return {"no function": type(run).__name__}

    configs = {}
    for number, thread in enumerate(dict.fromkeys(thread for thread, _ in runs)):
        callbacks = [Mine("list")]
        if number % 2:
            mine = Mine("manager")
            all_of_it = [mine, Mine("manager, not inherited")]
            callbacks = CallbackManager(
                handlers=all_of_it, inheritable_handlers=[mine], parent_run_id=uuid4()
            )
        configs[thread] = {"configurable": {"thread_id": thread}, "callbacks": callbacks}
        if thread in limits:
            configs[thread]["recursion_limit"] = limits[thread]
        if thread == named:
            configs[thread]["run_name"] = "nightly"

    def one(thread, resume):
        config = configs[thread]
        try:
            state = run({True: Command(resume=True), False: {"done": []}, None: None}[resume], config)
        except Exception as error:
            deep = type(error).__name__ == "GraphRecursionError" and thread in limits
            if str(error).strip("'") != "the backend is down" and not deep:
                raise
            return {"raised": type(error).__name__}
        if not isinstance(state, dict):
            return {"state": type(state).__name__}
        return {"done": state.get("done"), "interrupted": bool(state.get("__interrupt__"))}

    if at_once:
        with ThreadPoolExecutor(len(runs)) as pool:
            came = list(pool.map(lambda pair: one(*pair), runs))
    else:
        came = [one(*pair) for pair in runs]
    samples = [[s.name, s.labels, s.value] for metric in registry.collect() for s in metric.samples]
    held = [getattr(config["callbacks"], "handlers", config["callbacks"]) for config in configs.values()]
    added = any(len(handlers) > 1 + number % 2 for number, handlers in enumerate(held))
    return {
        "log": written.read_text(),
        "elsewhere": sum(other.read_text().count("\n") for other in others),
        "samples": samples,
        "came": came,
        "calls": sorted(set(calls)),
        "added": added,
    }


class Observed:
    """The backend that the nodes ask: it decides what each attempt comes to, and keeps the ledger."""

    def __init__(self, submission: Any, stages: list[list[str]]) -> None:
        self.submission, self.stages = submission, stages
        self.plan: dict[
            tuple[str, str, int], list[str]
        ] = {}  #: thread, node, visit → errors of the first attempts
        self.asks: set[str] = set()  #: nodes that interrupt
        self.slow: dict[tuple[str, str], float] = {}  #: thread and node → how long a first attempt takes
        self.made: Counter[tuple[str, str, int]] = Counter()
        self.paused: set[tuple[str, str]] = set()
        self.ledger: list[
            dict[str, Any]
        ] = []  #: what the log should hold, in the order of the attempts' beginnings
        self.began = self.ended = 0.0  #: when `run` began to observe, and when it had
        self.copies = 0  #: how often the second stage's node is sent in one step
        self.at_once = False  #: whether runs come at the same time
        self.inside: set[str] = set()  #: threads whose config has the manager of a run that's under way
        self.named: str | None = None  #: the thread whose config has a `run_name`
        self.added = False  #: whether a config's own callbacks have become more
        self.lock = threading.Lock()
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        about = request.json
        thread, node, visit = about["thread"], about["node"], about["visit"]
        with self.lock:
            key, resumed = (thread, node, visit), (thread, node) in self.paused
            number = self.made[key] = self.made[key] + 1
            errors = self.plan.get(key, [])
            error = errors[number - 1] if number <= len(errors) else None
            asking = error is None and node in self.asks
            outcome = "error" if error else "interrupt" if asking and not resumed else "ok"
            if outcome == "interrupt":
                self.paused.add((thread, node))
                self.made[key] = 0
            if error and number == OBSERVE_MAX:  # the run is over; another one is served
                self.made[key], self.plan[key] = 0, []
            slow = self.slow.get((thread, node), 0.0) if number == 1 else 0.0
            line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome, "error": error}
            noted = {**line, "slow": slow, "lines": about["lines"], "came": time.monotonic()}
            self.ledger.append(noted)
        time.sleep(slow)
        noted["left"] = time.monotonic()
        return Response(body={"error": error, "interrupt": asking})

    def run(
        self,
        *runs: tuple[str, bool | None],
        visits: int = 1,
        at_once: bool = False,
        namesake: bool = False,
        copies: int = 0,
        limits: dict[str, int] | None = None,
        named: str | None = None,
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Have runs observed, each of a thread, new or resumed; return what was seen, and the log's lines."""
        self.copies, self.at_once, self.named = copies, at_once, named
        self.inside = set([*dict.fromkeys(thread for thread, _ in runs)][1::2])
        self.began = time.monotonic()
        seen = self.submission.observe(
            run_observed,
            url=self.backend.url,
            stages=self.stages,
            visits=visits,
            runs=runs,
            at_once=at_once,
            namesake=namesake,
            copies=copies,
            limits=limits or {},
            named=named,
        )
        self.ended = time.monotonic()
        assert "no function" not in seen, (
            f"`observed` returned a value of type {seen['no function']}, not a function: return `run` itself"
        )
        self.added = seen["added"]
        assert self.ledger, "no node ever ran: `run(input, config)` must invoke the graph"
        for came in seen["came"]:
            assert "state" not in came, (
                f"`run` returned a value of type {came['state']}: return what `graph.invoke` returns"
            )
        return seen, read_lines(seen["log"])


def read_lines(log: str) -> list[dict[str, Any]]:
    """Return the lines of a log, each a JSON object with the keys of the prompt."""
    lines: list[dict[str, Any]] = []
    keys = {"thread", "node", "attempt", "outcome", "error", "seconds"}
    for line in filter(None, log.split("\n")):
        try:
            lines.append(json.loads(line))
        except ValueError:
            mixed = (
                ", two texts and then their ends: `print` writes both apart, so hold a lock or write once"
                * ("}{" in line)
            )
            raise AssertionError(f"a line of the log is no JSON{mixed}: {line[:80]!r}") from None
        missing = keys - set(lines[-1] if isinstance(lines[-1], dict) else ())
        assert not missing, f"a line of the log has no key {min(missing)!r}: {line[:120]}"
    return lines


OBSERVE_OWN = "PowerInterrupt"  #: an exception of the nodes' own, defined in a function
OBSERVE_TOLD = ("thread", "node", "attempt", "outcome", "error")


def assert_lines(backend: Observed, lines: list[dict[str, Any]]) -> None:
    """Expect one line for each attempt in the ledger, and tell the first thing that is wrong."""
    ledger = backend.ledger
    assert lines, (
        f"there were {len(ledger)} attempts, and the file `log` is empty after the runs: no line was written, or all of them wait "
        "in a buffer for a flush"
    )
    nodes = {node for stage in backend.stages for node in stage}
    strange = [line["node"] for line in lines if line["node"] not in nodes]
    assert not strange, (
        f"the log has a line for {strange[0]!r}, which isn't a node of the graph: the graph itself, an edge's function and what "
        "a node calls get no lines"
    )
    told, heard = ([line["thread"] for line in some] for some in (lines, ledger))
    silent, outside = backend.inside - set(told), set(heard) - backend.inside
    assert not silent or any(told.count(thread) < heard.count(thread) for thread in outside), (
        f"thread {min(silent)!r} has the manager of a run that's under way, and no line in the log: there the graph's own run has "
        "a parent, so take the first that begins, and add your callback to that manager"
    )
    assert backend.named is None or backend.named in told or not set(heard) - {backend.named} <= set(told), (
        f"the config of thread {backend.named!r} has a `run_name`, and the log has no line of that thread: the graph's own run may "
        "have any name, so take the first that begins"
    )
    for node in sorted(nodes):
        mine = [line for line in lines if line["node"] == node]
        true = [line for line in ledger if line["node"] == node]
        retried = sum(line["attempt"] > 1 for line in true)
        assert len(mine) >= len(true), (
            f"the backend saw {counted(len(true), 'attempt')} of `{node}`, {retried} of them retries, and the log has {counted(len(mine), 'line')}: "
            "`tasks` and `updates` show no retry, and callbacks hear of each attempt"
        )
        assert len(mine) == len(true) or not backend.added, (
            f"the backend saw {len(true)} attempts of `{node}`, and the log has {len(mine)} lines: you added a callback to the "
            "config's own callbacks, and the next run with that config adds another, so copy them first"
        )
        assert len(mine) == len(true), (
            f"the backend saw {counted(len(true), 'attempt')} of `{node}`, and the log has {counted(len(mine), 'line')}: count the node's own beginnings, "
            "and not what a node calls, whatever its name, or an edge's function"
        )
        told, heard = (Counter(line["thread"] for line in some) for some in (mine, true))
        short = [thread for thread in heard if told[thread] < heard[thread]]
        assert not short, (
            f"the backend saw {counted(heard[short[0]], 'attempt')} of `{node}` in thread {short[0]!r}, and the log has "
            f"{counted(told[short[0]], 'line')} with that thread: "
            + (
                "runs came at once, so keep nothing of one where another changes it"
                if backend.at_once
                else "take it from the run's config"
            )
        )
    found = Counter(tuple(map(str, (line[key] for key in OBSERVE_TOLD))) for line in lines)
    for true in ledger:
        told = tuple(str(true[key]) for key in OBSERVE_TOLD)
        if found[told]:
            found[told] -= 1
            continue
        raise AssertionError(line_trouble(true, lines, backend))


def line_trouble(true: dict[str, Any], lines: list[dict[str, Any]], backend: Observed) -> str:
    """Say why no line of the log tells of this attempt."""
    node, attempt = (
        true["node"],
        f"attempt {true['attempt']} of `{true['node']}` in thread {true['thread']!r}",
    )
    mine = [line for line in lines if (line["thread"], line["node"]) == (true["thread"], node)]
    paused = any((line["attempt"], line["outcome"]) == (true["attempt"], "interrupt") for line in mine)
    if true["error"] == OBSERVE_OWN and paused:
        return (
            f"{attempt} raised `{OBSERVE_OWN}`, an ordinary exception, and the log says 'interrupt': what a class is called says nothing, "
            "so ask whether it's LangGraph's own `GraphBubbleUp`"
        )
    outcomes = {line["outcome"] for line in mine}
    if true["outcome"] not in outcomes:
        if true["outcome"] == "interrupt":
            return (
                f"`{node}` asked a person, and the log says {'/'.join(map(str, outcomes))}: an interrupt is no failure, though it "
                "leaves the node as an exception, so look at the class"
            )
        return (
            f"{attempt} came to {true['outcome']!r}, and the log says {'/'.join(map(str, outcomes))}: write the line when this "
            "attempt ends, with what it came to"
        )
    numbers = sorted(line["attempt"] for line in mine if isinstance(line["attempt"], int))
    if true["attempt"] not in numbers or min(numbers) != 1 or numbers.count(1) < len(mine) / 3:
        sent = backend.copies and node in backend.stages[1]
        return f"the log numbers the attempts of `{node}` in thread {true['thread']!r} {numbers}: " + (
            f"it was reached {often(backend.copies)} in one step, by `Send`, and each of these counts from 1"
            if sent
            else "the first is 1, and each retry one more"
            if min(numbers, default=0) != 1 or max(numbers) == 1
            else "the count begins anew where a node is reached again or resumed, and yours counts on from what was before"
        )
    made = [line for line in backend.ledger if (line["thread"], line["node"]) == (true["thread"], node)]
    came, should = (Counter((line["outcome"], str(line["error"])) for line in some) for some in (mine, made))
    if came == should:
        return (
            f"{attempt} came to {true['error'] or true['outcome']!r}, and the log gives that another number: its outcomes are right, "
            "and its count isn't. Wherever a node is reached, also several times at once, it counts from 1"
        )
    same = [line for line in mine if (line["attempt"], line["outcome"]) == (true["attempt"], true["outcome"])]
    if same:
        return (
            f"{attempt} came to {true['outcome']!r} with `error` {true['error']!r}, and the log says {same[0]['error']!r}: "
            "write the name of the exception's class, and `null` where nothing failed"
        )
    return (
        f"{attempt} came to {true['outcome']!r}, and no line says both: the log has "
        + ", ".join(f"{line['attempt']} {line['outcome']}" for line in mine[:4])
        + ". A count goes on where it should begin anew, or runs mix"
    )


def assert_seconds(backend: Observed, lines: list[dict[str, Any]]) -> None:
    """Expect each attempt's own time, of attempts that came one after the other.

    An attempt begins after the backend has answered the one before, and ends before the next one asks it: that
    bounds its time by the judge's clock, however long the machine stalls.
    """
    ledger = backend.ledger
    answered = [backend.began, *(one["left"] for one in ledger)]
    asked = [*(one["came"] for one in ledger[1:]), backend.ended]
    at_most = [after - before for before, after in zip(answered, asked, strict=False)]
    for line in lines:
        took, where = line["seconds"], f"attempt {line['attempt']} of `{line['node']}`"
        assert isinstance(took, int | float) and not isinstance(took, bool), (
            f"`seconds` is {str(took)[:20]!r} for {where}, and not a number: write the seconds as a float"
        )
        number = next(
            n for n, one in enumerate(ledger) if all(str(one[key]) == str(line[key]) for key in OBSERVE_TOLD)
        )
        slow, longest = ledger[number]["slow"], at_most[number]
        assert took >= slow * 0.9, (
            f"the backend took {slow:.2f} s for {where}, and the log says {took:.4f}: note when this attempt begins and when "
            "it ends, in seconds"
        )
        assert took <= longest + 0.05, (
            f"{where} can't have taken more than {longest:.3f} s, and the log says {took:.3f}: give the seconds of this attempt alone, "
            "without earlier attempts and the waits between them"
        )


def assert_metrics(backend: Observed, lines: list[dict[str, Any]], samples: list[Any]) -> None:
    """Expect the registry to agree with the ledger, and with the log's seconds."""
    values: dict[tuple[str, ...], float] = {}
    for name, labels, value in samples:
        extra = set(labels) - {"node", "outcome", "le"}
        assert not extra, (
            f"the metric `{name}` has a label {min(extra)!r}, which the prompt doesn't name: drop it"
        )
        if "le" not in labels:
            values[(name, labels.get("node", ""), labels.get("outcome", ""))] = value
    known = {name for name, *_ in values}
    for name in ("node_attempts_total", "node_retries_total", "node_seconds_count"):
        assert name in known, (
            f"the registry has no samples of `{name}`: make the metric with `registry=registry`"
        )
    for node in sorted({line["node"] for line in backend.ledger}):
        true = [line for line in backend.ledger if line["node"] == node]
        for outcome in ("ok", "error", "interrupt"):
            count = sum(line["outcome"] == outcome for line in true)
            got = values.get(("node_attempts_total", node, outcome), 0)
            assert got == count, (
                f"the backend saw {counted(count, 'attempt')} of `{node}` that came to {outcome!r}, and `node_attempts` says {got:g}: "
                "count each line of the log once"
            )
        count = sum(line["attempt"] > 1 for line in true)
        got = values.get(("node_retries_total", node, ""), 0)
        assert got == count, (
            f"`node_retries` says {got:g} for `{node}`, and the backend saw {count}: count each attempt whose number is above 1"
        )
        got = values.get(("node_seconds_count", node, ""), 0)
        assert got == len(true), (
            f"the histogram `node_seconds` holds {counted(got, 'attempt')} of `{node}`, not {len(true)}: observe each of them"
        )
        total = sum(line["seconds"] for line in lines if line["node"] == node)
        got = values.get(("node_seconds_sum", node, ""), 0.0)
        assert abs(got - total) <= 0.001 * len(true), (
            f"the log's attempts of `{node}` took {total:.4f} s in all, and `node_seconds` says {got:.4f}: "
            "observe the same seconds that the line tells"
        )


def draw_observed(rng: random.Random, shape: Sequence[int]) -> list[list[str]]:
    """Draw stages of so many parallel nodes each."""
    names = rng.sample(OBSERVE_NODES, sum(shape))
    return [[names.pop() for _ in range(count)] for count in shape]


@pytest.mark.exercise("observe_a_run", points=2, needs=("server",), rules=(1, 2, 3, 4, 5))
def test_log_agrees_with_the_ledger(submission):
    """Retries, an interrupt and its resume: one line for each attempt, written when it ends."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1, 1))
    thread, other = (f"o-{number}" for number in rng.sample(range(1000), 2))
    backend, (retried, asking, last) = Observed(submission, stages), [stage[0] for stage in stages]
    backend.plan[thread, retried, 0] = [rng.choice(OBSERVE_ERRORS), OBSERVE_OWN]
    backend.plan[other, retried, 0] = rng.sample(OBSERVE_ERRORS, 1)
    backend.plan[thread, last, 0] = rng.sample(OBSERVE_ERRORS, 1)
    backend.asks, backend.slow[thread, retried] = {asking}, 0.5
    seen, lines = backend.run((thread, False), (thread, True), (other, False))
    assert_lines(backend, lines)
    assert_seconds(backend, lines)
    late = [line for number, line in enumerate(backend.ledger) if line["lines"] < number]
    assert not late, (
        f"when attempt {late[0]['attempt']} of `{late[0]['node']}` began, {backend.ledger.index(late[0])} attempts had ended, and the "
        f"file held {late[0]['lines']} lines: the others had not been written yet, or wait in a buffer that's lost with the process"
    )
    first, second, third = seen["came"]
    assert first.get("interrupted") and third.get("interrupted"), (
        f"`{asking}` asked a person, and what `run` returned doesn't say so: return what `graph.invoke` returns, "
        "`__interrupt__` included"
    )
    assert second.get("done") == [retried, asking, last], (
        f"the resumed run came to {str(second)[:80]}: hand the input on as it is, a `Command` too, and return what `graph.invoke` "
        "returns"
    )


@pytest.mark.exercise("observe_a_run", points=2, needs=("server",), rules=(1, 3, 4, 6))
def test_metrics_agree_with_the_ledger(submission):
    """The metrics count what the backend saw, also of a node that fails to the end."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1))
    fine, doomed = (f"o-{number}" for number in rng.sample(range(1000), 2))
    backend, (first, second) = Observed(submission, stages), [stage[0] for stage in stages]
    backend.plan[fine, first, 0] = rng.sample(OBSERVE_ERRORS, rng.choice([1, 2]))
    errors = backend.plan[doomed, second, 0] = rng.sample(OBSERVE_ERRORS, 3)
    backend.asks = {first}
    resumes = [(fine, True), (doomed, True), (doomed, None)]
    seen, lines = backend.run((fine, False), (doomed, False), *resumes, namesake=True)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])
    assert not seen["elsewhere"], (
        f"the graph was observed for other logs too, whose `run` was never called, and they have {counted(seen['elsewhere'], 'line')}: "
        "leave the graph itself as it is, and change a copy, or pass callbacks"
    )
    assert seen["came"][-2].get("raised") == errors[-1], (
        f"`{second}` failed to the end with `{errors[-1]}`, and `run` didn't raise that: let out what `graph.invoke` raises"
    )
    assert seen["calls"] != ["list", "manager"], (
        "`config` came with a `CallbackManager`, and a handler that's among its `handlers` and not among the inheritable ones wasn't "
        "called: hand on the manager, or a copy of it, and not a list of some handlers"
    )
    assert seen["calls"] != ["list"], (
        "`config` came with a `CallbackManager`, as inside another run, and its callbacks weren't called: `callbacks` may be a "
        "list or a manager, and LangChain's own merging keeps both"
    )
    assert seen["calls"] == ["list", "manager", "manager, not inherited"], (
        "the callbacks that came with `config` weren't called any more: add your own to them, and replace none"
    )
