"""Public tests of `write_a_saver`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


SAVER_WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jetty")
SAVER_NAMES = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon")


async def conform(KeyValueSaver):
    """Run the official conformance suite, each of its parts on an empty store."""
    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.checkpoint.conformance import checkpointer_test, validate

    first = {"configurable": {"thread_id": "first", "checkpoint_ns": ""}}
    await KeyValueSaver({}).aput(first, empty_checkpoint(), {"source": "input", "step": -1}, {})

    @checkpointer_test(name="KeyValueSaver")
    async def empty():
        yield KeyValueSaver({})

    report = await validate(empty)
    parts = report.to_dict()["results"]
    return {"passed": report.passed_all_base(), "parts": parts}


def use_saver(KeyValueSaver, db, steps):
    """Do these steps with a new saver, on a store in a file; tell what each one gave.

    A step with `other` is done by a second saver on the same store, which is as old as the first.
    """
    import asyncio
    import copy
    import operator
    import sqlite3
    import threading
    from collections.abc import MutableMapping
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.graph import START, StateGraph

    class Store(MutableMapping):
        """Text to bytes, in one table; nobody pulls the plug of this machine, so it need not be synced."""

        def __init__(self):
            self.lock = threading.Lock()
            self.db = sqlite3.connect(db, check_same_thread=False, isolation_level=None)
            self.run("pragma synchronous = off")
            self.run("create table if not exists store (key text primary key, value blob not null)")

        def run(self, query, *given):
            with self.lock:
                return self.db.execute(query, given).fetchall()

        def __getitem__(self, key):
            found = self.run("select value from store where key = ?", key)
            if not found:
                raise KeyError(key)
            return found[0][0]

        def __setitem__(self, key, value):
            if not isinstance(key, str) or not isinstance(value, bytes):
                raise TypeError(
                    f"the store takes str and bytes, not {type(key).__name__} and {type(value).__name__}"
                )
            self.run("insert or replace into store values (?, ?)", key, value)

        def __delitem__(self, key):
            self[key]
            self.run("delete from store where key = ?", key)

        def __iter__(self):
            return iter([key for (key,) in self.run("select key from store")])

        def __len__(self):
            return self.run("select count(*) from store")[0][0]

    class Round(TypedDict, total=False):
        log: Annotated[list, operator.add]
        left: int

    ran = []

    def work(state):
        ran.append("work")
        return {"log": [f"work {state['left']}"], "left": state["left"] - 1}

    def ship(state):
        ran.append("ship")
        return {"log": ["ship"]}

    builder = StateGraph(Round).add_node(work).add_node(ship).add_edge(START, "work")
    builder.add_conditional_edges("work", lambda state: "work" if state["left"] else "ship", ["work", "ship"])
    savers = [KeyValueSaver(Store()), KeyValueSaver(Store())]
    graphs = [builder.compile(checkpointer=saver) for saver in savers]

    def told(found):
        if found is None:
            return None
        where = found.config["configurable"]
        return {
            "thread": where["thread_id"],
            "id": where["checkpoint_id"],
            "step": found.metadata.get("step"),
            "values": found.checkpoint["channel_values"],
            "writes": [list(write) for write in found.pending_writes or ()],
            "parent": found.parent_config and found.parent_config["configurable"],
        }

    def do(step):
        config = {"configurable": {"thread_id": step.get("thread"), **step.get("at", {})}}
        saver, graph = savers[step.get("other", False)], graphs[step.get("other", False)]
        if "user" in step:
            config["metadata"] = {"user_id": step["user"]}
        match step["do"]:
            case "invoke":
                return graph.invoke(step["input"], config, durability="sync")
            case "ainvoke":
                with ThreadPoolExecutor(1) as own:  # a notebook's kernel runs a loop in this thread
                    return own.submit(asyncio.run, graph.ainvoke(step["input"], config)).result()
            case "state":
                state = graph.get_state(config)
                return {"values": state.values, "next": state.next}
            case "get":
                return told(saver.get_tuple(config))
            case "list":
                given = config if step.get("thread") is not None else None
                before = step.get("before") and {"configurable": {"checkpoint_ns": "", **step["before"]}}
                found = saver.list(given, filter=step.get("filter"), before=before, limit=step.get("limit"))
                return [told(one) for one in found]
            case "copy":
                found = saver.get_tuple(config)
                to = {"configurable": {"thread_id": step["to"], "checkpoint_ns": step.get("ns", "")}}
                at = saver.put(to, found.checkpoint, found.metadata, {})
                return told(saver.get_tuple(at))
            case "put again":
                found = saver.get_tuple(config)
                made = {**found.checkpoint, "channel_values": step["values"]}
                new = {name: made["channel_versions"][name] for name in step["values"]}
                return saver.put(found.parent_config, made, found.metadata, new)["configurable"]
            case "fork":
                graph.update_state(config, None, as_node="__copy__")
                return told(saver.get_tuple(config))
            case "branch":
                return told(saver.get_tuple(graph.update_state(config, step["values"], as_node="work")))
            case "change":  # what's been put, and what's been returned, is the caller's
                made = {**empty_checkpoint(), "channel_values": {"log": ["put"]}}
                at = saver.put(config, made, {"source": "loop", "step": 0}, {})
                made["channel_values"]["log"].append("changed")
                after_put = copy.deepcopy(told(saver.get_tuple(at)))
                for found in (saver.get_tuple(at), next(iter(saver.list(at)))):
                    found.checkpoint["channel_values"]["log"].append("changed")
                return {"after put": after_put, "after get_tuple or list": told(saver.get_tuple(at))}
            case "delete":
                return saver.delete_thread(step["thread"])
            case "put":
                made = {**empty_checkpoint(), "channel_values": step["values"]}
                metadata = {"source": "loop", "step": step["step"], **step.get("metadata", {})}
                return saver.put(config, made, metadata, {})["configurable"]
            case "orphan":  # writes of a checkpoint that was never saved, as after a kill
                config["configurable"] |= {"checkpoint_ns": "", "checkpoint_id": "1f0-never"}
                return saver.put_writes(config, [("log", [step["text"]])], "task-1", "~1")
            case "put_writes":
                config = saver.get_tuple(config).config
                for writes, task, path in step["calls"]:
                    saver.put_writes(config, [tuple(write) for write in writes], task, path)
                return told(saver.get_tuple(config))

    gave = []
    for step in steps:
        ran.clear()
        try:
            gave.append({"gave": do(step), "ran": list(ran)})
        except NotImplementedError:
            raise
        except Exception as error:
            gave.append({"raised": f"{type(error).__name__}: {error}"[:200], "ran": list(ran)})
    return gave


def run_of(thread: str, text: str, rounds: int, how: str = "invoke", **more: Any) -> dict[str, Any]:
    """Return the step that runs the graph once."""
    return {"do": how, "thread": thread, "input": {"log": [text], "left": rounds}, **more}


def log_of(text: str, rounds: int) -> list[str]:
    """Return what such a run adds to the log."""
    return [text, *(f"work {left}" for left in range(rounds, 0, -1)), "ship"]


def draw_text(rng: random.Random) -> str:
    """Draw a text that occurs nowhere else."""
    return f"{rng.choice(SAVER_WORDS)}-{rng.randrange(10**8, 10**9)}"


def done(step: dict[str, Any], what: str) -> Any:
    """Return what a step gave; say so if it raised."""
    assert "raised" not in step, f"{what} raised `{step['raised']}`"
    return step["gave"]


def brief(log: Any) -> str:
    """Write a log in a few words."""
    if not isinstance(log, list) or len(log) < 4:
        return str(log)[:80]
    return f"[{log[0]!r}, … {len(log) - 2} more …, {log[-1]!r}]"


def assert_ran_round(step: dict[str, Any], log: list[str], rounds: int, what: str) -> None:
    """Expect a run to have gone round as often as it should, and to have ended with this log."""
    state, went = done(step, what), step["ran"].count("work")
    assert went >= rounds, (
        f"in {what}, the node `work` ran {often(went)} instead of {often(rounds)}: a node runs when its channel's version "
        "is newer than the one it's seen, so look at `get_next_version`, and at how versions come back"
    )
    got = state.get("log") if isinstance(state, dict) else state
    assert got == log, (
        f"{what} ended with the log {brief(got)} instead of {brief(log)}: the thread's state comes from `get_tuple`"
    )


@pytest.mark.exercise("write_a_saver", points=1, rules=(1,))
def test_official_suite(submission):
    """The official conformance suite passes for all base methods."""
    seen = submission.observe(conform)
    parts = {
        name: seen["parts"][name] for name in ("put", "put_writes", "get_tuple", "list", "delete_thread")
    }
    missing = [name for name, part in parts.items() if not part["detected"]]
    assert not missing, (
        f"the suite found no `a{missing[0]}` in your class: keep the async methods, because it only calls those"
    )
    failed = [(name, failure) for name, part in parts.items() for failure in part["failures"]]
    assert not failed, (
        f"{len(failed)} of the conformance suite's tests fail, the first for `{failed[0][0]}`: {failed[0][1][:160]}"
    )
    assert seen["passed"], "the conformance suite does not pass for all base methods"


@pytest.mark.exercise("write_a_saver", points=1, rules=(1,))
def test_invoke_and_ainvoke(submission):
    """A graph with a loop runs to its end, by `invoke` and by `ainvoke`."""
    rng = submission.rng
    rounds, thread, other = rng.randrange(3, 6), *rng.sample(SAVER_NAMES, 2)
    first, second, third = (draw_text(rng) for _ in range(3))
    steps = [
        run_of(thread, first, rounds),
        run_of(other, second, rounds, "ainvoke"),
        run_of(thread, third, 2, "ainvoke"),
    ]
    by_invoke, by_ainvoke, again = submission.observe(use_saver, db=submission.path("store.db"), steps=steps)
    assert "raised" not in by_invoke or "raised" in by_ainvoke, (
        f"`graph.invoke` raised `{str(by_invoke.get('raised'))[:80]}`, but `graph.ainvoke` works: the "
        "conformance suite only calls the async methods, so it can't see that the sync ones are broken"
    )
    assert_ran_round(by_invoke, log_of(first, rounds), rounds, "`graph.invoke`")
    assert_ran_round(by_ainvoke, log_of(second, rounds), rounds, "`graph.ainvoke`")
    assert_ran_round(again, log_of(first, rounds) + log_of(third, 2), 2, "a second run of the same thread")


@pytest.mark.exercise("write_a_saver", points=1, rules=(2, 4), restarts=True)
def test_another_process_goes_on(submission):
    """After SIGKILL before the last node, another process goes on from the store."""
    rng = submission.rng
    rounds, thread, text, db = (
        rng.randrange(2, 5),
        rng.choice(SAVER_NAMES),
        f"{draw_text(rng)}\nand more",
        submission.path("store.db"),
    )
    submission.observe(use_saver, db=db, steps=[run_of(thread, text, rounds)], kill_before="ship")
    rows = evidence.table(submission.file("store.db"), "store")
    assert rows, (
        "the process was killed before the last node, and the store is empty: `put` has to write to it"
    )
    submission.restart()
    steps = [
        {"do": "state", "thread": thread},
        {"do": "invoke", "thread": thread, "input": None},
        {"do": "list", "thread": thread},
    ]
    state, run, history = submission.observe(use_saver, db=db, steps=steps)
    known = done(state, "`get_state` in the new process")
    assert known["values"], (
        f"the store had {len(rows)} keys when the process was killed, but a saver in a new process knew nothing of "
        "the thread: keep everything it needs to find a checkpoint in the store"
    )
    held = log_of(text, rounds)[:-1]
    assert (known["values"].get("log"), known["next"]) == (held, ["ship"]), (
        f"in the new process, the thread has {brief(known['values'].get('log'))} with {known['next']} next, instead "
        f"of {brief(held)} with ['ship']: the newest checkpoint has the greatest id"
    )
    ended = done(run, "`invoke(None)` in the new process")
    assert (run["ran"], ended.get("log")) == (["ship"], [*held, "ship"]), (
        f"the new process ran {run['ran']} and ended with {brief(ended.get('log'))}: only `ship` was left"
    )
    listed = done(history, "`list` in the new process")
    steps_seen = [found["step"] for found in listed]
    assert steps_seen == list(range(rounds + 1, -2, -1)), (
        f"`list` yielded the steps {steps_seen}, not {rounds + 1} down to -1: yield the checkpoints of both processes, "
        "newest first"
    )
    for found, earlier in itertools.pairwise(listed):
        parent = found["parent"] or {}
        named = parent.get("thread_id"), parent.get("checkpoint_ns", ""), parent.get("checkpoint_id")
        assert named == (thread, "", earlier["id"]), (
            f"the parent of step {found['step']} is {named}, not {(thread, '', earlier['id'])}: "
            "`parent_config` names the config's `checkpoint_id`, in the same thread and namespace"
        )
    turns = [("first", False), ("second", True), ("third", False)]
    steps = [run_of("both", text, 1, other=other) for text, other in turns]
    seen = submission.observe(use_saver, db=db, steps=steps)
    log: list[str] = []
    for step, (text, _) in zip(seen, turns, strict=True):
        log += log_of(text, 1)
        state = done(step, "a run of two savers that take turns")
        assert isinstance(state, dict) and state.get("log") == log, (
            f"two savers on one store took turns, as two processes do, and the {text} run ended with {brief(state and state.get('log'))}, "
            f"not {brief(log)}: ask the store each time, since it changes without you"
        )


def cut_off(KeyValueSaver, thread, values, answer):
    """Run a graph to its end, delete its thread, and note each change of the store. Then, for each of them, be the process
    that comes after one that was killed right there, with a new saver on the store as it was: go on from there, or delete
    the thread. Tell how each ended, and which keys were left.
    """
    import contextlib
    import operator
    from collections.abc import MutableMapping
    from typing import Annotated, TypedDict

    from langgraph.graph import START, StateGraph
    from langgraph.types import Command, interrupt

    class Store(MutableMapping):
        def __init__(self, held):
            self.held, self.changes, self.within, self.calls = dict(held), [], [0, "__init__"], 0

        def __getitem__(self, key):
            return self.held[key]

        def __setitem__(self, key, value):
            if not isinstance(key, str) or not isinstance(value, bytes):
                raise TypeError(
                    f"the store takes str and bytes, not {type(key).__name__} and {type(value).__name__}"
                )
            self.held[key] = value
            self.changes.append((self.within, dict(self.held)))

        def __delitem__(self, key):
            del self.held[key]
            self.changes.append((self.within, dict(self.held)))

        def __iter__(self):
            return iter(list(self.held))

        def __len__(self):
            return len(self.held)

        def enter(self, name):
            self.calls += 1
            self.within = [self.calls, name]

    class Watched(KeyValueSaver):
        """Tells the store which call a change belongs to."""

        def put(self, *args, **kwargs):
            store.enter("put")
            return super().put(*args, **kwargs)

        def put_writes(self, *args, **kwargs):
            store.enter("put_writes")
            return super().put_writes(*args, **kwargs)

        def delete_thread(self, *args, **kwargs):
            store.enter("delete_thread")
            return super().delete_thread(*args, **kwargs)

    class Round(TypedDict, total=False):
        log: Annotated[list, operator.add]
        answer: str
        total: int
        parcel: str

    def price(state):
        return {"total": values["total"], "log": ["price"]}

    def ask(state):
        return {"answer": interrupt("May it be sent?"), "log": ["ask"]}

    def ship(state):
        return {"parcel": values["parcel"], "log": ["ship"]}

    builder = StateGraph(Round).add_sequence([price, ask, ship]).add_edge(START, "price")

    def to_the_end(saver, thread=thread):
        # One thread for the saver: the calls come one after the other, in the order in which LangGraph makes them.
        config = {"configurable": {"thread_id": thread}, "max_concurrency": 1}
        graph = builder.compile(checkpointer=saver)
        for _ in range(6):
            state = graph.get_state(config)
            if state.created_at is None:
                graph.invoke({"log": [values["text"]]}, config, durability="sync")
            elif state.interrupts:
                graph.invoke(Command(resume=answer), config, durability="sync")
            elif state.tasks or state.next:
                graph.invoke(None, config, durability="sync")
            else:
                return state.values
        return "still not at its end"

    def tried(saver):
        try:
            return {"gave": to_the_end(saver)}
        except NotImplementedError:
            raise
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"[:200]}

    def newest(saver):
        try:
            return saver.get_tuple({"configurable": {"thread_id": thread}}).checkpoint["id"]
        except Exception:  # nothing there, or nothing whole
            return ""

    def left(held):
        """Delete the thread; tell one of its keys that's still there, which nobody else has."""
        after = Store(held)
        try:
            KeyValueSaver(after).delete_thread(thread)
        except NotImplementedError:
            raise
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"[:200]}
        return {"gave": sorted({*after} - others)[:1]}

    store = Store({})
    with contextlib.suppress(Exception):  # the thread's own run tells what's wrong
        to_the_end(KeyValueSaver(store), f"{thread}'s neighbour")
    others = {*store}
    store.changes.clear()
    whole, changes = tried(Watched(store)), store.changes[:200]
    ends = [
        {"newest": newest(KeyValueSaver(Store(held))), **tried(KeyValueSaver(Store(held)))}
        for _, held in changes
    ]
    with contextlib.suppress(Exception):  # a test of its own looks at that
        Watched(store).delete_thread(thread)
    erased = [{"within": within, **left(held)} for within, held in store.changes[:400]]
    return {"whole": whole, "within": [within for within, _ in changes], "ends": ends, "erased": erased}


@pytest.mark.exercise("write_a_saver", points=1, rules=(2, 7))
def test_cut_off_after_any_operation(submission):
    """Whatever operation on the store was the last one before a kill, the run goes on, and the thread can be deleted."""
    rng = submission.rng
    values = {"text": draw_text(rng), "total": rng.randrange(1, 10**6), "parcel": draw_text(rng)}
    answer = draw_text(rng)
    seen = submission.observe(cut_off, thread=rng.choice(SAVER_NAMES), values=values, answer=answer)
    right = {
        "log": [values["text"], "price", "ask", "ship"],
        "answer": answer,
        "total": values["total"],
        "parcel": values["parcel"],
    }
    whole = done(seen["whole"], "a run that nobody killed")
    assert whole == right, (
        f"a run that nobody killed ended with {short_state(whole)} instead of {short_state(right)}"
    )
    assert seen["ends"], "a run finished, and the store never changed: save there"
    within = seen["within"]
    for number, (at, end) in enumerate(zip(within, seen["ends"], strict=True)):
        _, name = at
        what = died_in(within, number)
        came = (
            f"raised `{end['raised'][:60]}`" if "raised" in end else f"ended with {short_state(end['gave'])}"
        )
        assert end.get("gave") == right, f"{what}; the next one {came}: {why_cut_off(name)}"
        held = [one["newest"] for one in seen["ends"][:number]]
        assert end["newest"] >= max(held, default=""), (
            f"{what}; the next one found {'an older' if end['newest'] else 'no'} checkpoint, and would do all since then "
            f"again: {why_cut_off(name)}"
        )
    within = [end["within"] for end in seen["erased"]]
    for number, end in enumerate(seen["erased"]):
        what = died_in(within, number)
        left = done(end, f"{what}; in the next one, `delete_thread`")
        assert not left, (
            f"{what}; the next one called `delete_thread`, and a key of the thread stayed, {left[0][:60]!r}: find a key by itself, "
            "or by what's written before it and deleted after it"
        )


def died_in(within: Sequence[tuple[int, str]], number: int) -> str:
    """Say after which operation the process died, where each is told by the number and the name of its call."""
    changes = [place for place, other in enumerate(within) if other == within[number]]
    return f"after operation {changes.index(number) + 1} of {len(changes)} of a `{within[number][1]}`, the process died"


def short_state(state: Any) -> str:
    """Write a state in a few words."""
    if not isinstance(state, dict):
        return str(state)[:60]
    missing = [name for name in ("log", "answer", "total", "parcel") if name not in state]
    return f"no {', '.join(missing)}" if missing else f"the log {brief(state['log'])}"


def why_cut_off(name: str) -> str:
    """Say what is wrong with a store that a call has left half-way."""
    if name == "put_writes":
        return "a task with some of its writes counts as done, so save all writes of a call in one operation"
    return "a checkpoint that's found must be whole, so the operation that makes it visible comes last"


@pytest.mark.exercise("write_a_saver", points=1, rules=(3, 7))
def test_deleted_thread_is_gone(submission):
    """A deleted thread leaves no key and no value, and its neighbours lose nothing."""
    rng = submission.rng
    # Five letters: without its `=`, their base64 begins that of `…?x` and `…>x`, too, and there `_` or `-`, or `/` or `+`, follows.
    thread, db = rng.choice(SAVER_WORDS), submission.path("store.db")
    neighbours = [
        f"{thread}2",
        f"{thread}?x",
        f"{thread}>x",
        f"{thread}/{thread}",
        f"{thread}\0x",
        f"{thread}\0",
        thread[1:],
        f"{thread} ",
        thread.title(),
    ]
    dump = [{"do": "list", "thread": one} for one in neighbours]
    texts = {one: draw_text(rng) for one in (*neighbours, thread)}
    steps = [run_of(one, texts[one], 2) for one in neighbours]
    before = submission.observe(use_saver, db=db, steps=[*steps, *dump])[len(steps) :]
    keys = {key for key, _ in evidence.table(submission.file("store.db"), "store")}
    steps = [
        run_of(thread, texts[thread], 2),
        {"do": "orphan", "thread": thread, "text": texts[thread]},
        {"do": "delete", "thread": thread},
        {"do": "get", "thread": thread},
    ]
    steps[2:2] = dump
    ran, orphan, *seen = submission.observe(use_saver, db=db, steps=[*steps, *dump])
    done(orphan, "`put_writes` for a checkpoint that isn't saved yet")
    between, (deleted, got, *after) = seen[: len(dump)], seen[len(dump) :]
    assert_apart(ran, before, between, thread, {one: texts[one] for one in neighbours})
    done(deleted, "`delete_thread`")
    rows = evidence.table(submission.file("store.db"), "store")
    assert_erased(rows, keys, thread, texts[thread])
    assert done(got, "`get_tuple` of a deleted thread") is None, (
        f"thread {thread!r} was deleted, but `get_tuple` still returns a checkpoint for it"
    )
    for one, then, now in zip(neighbours, before, after, strict=True):
        assert done(then, f"`list` of thread {one!r}") and then == now, (
            f"when thread {thread!r} was deleted, thread {one!r} lost something too: compare whole thread ids, "
            "not how they begin or end"
        )


def assert_apart(
    ran: dict[str, Any],
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    thread: str,
    texts: dict[str, str],
) -> None:
    """Expect the first run of a thread to have left its neighbours alone, with these texts, and they it."""
    state = done(ran, f"the first run of thread {thread!r}")
    log = (state.get("log") or []) if isinstance(state, dict) else []
    for (one, text), then, now in zip(texts.items(), before, after, strict=True):
        assert text not in log, (
            f"thread {thread!r} ran for the first time, and its log began with what {one!r} had written: "
            "compare whole thread ids in `get_tuple` and `list`"
        )
        assert done(then, f"`list` of thread {one!r}") and then == now, (
            f"thread {thread!r} ran, and then `list` of thread {one!r} yielded other checkpoints or writes than before: "
            "compare whole thread ids"
        )


def assert_erased(rows: list[tuple[str, bytes]], keys: set[str], thread: str, text: str) -> None:
    """Expect nothing in the store that a thread has brought."""
    for key, value in rows:
        assert text.encode() not in value, (
            f"after `delete_thread({thread!r})`, what the customer wrote is still in the store, under {key[:30]!r}…: "
            "delete a thread's writes as well as its checkpoints, even writes whose checkpoint was never saved"
        )
    left = sorted(key for key, _ in rows if key not in keys)
    assert not left, (
        f"`delete_thread({thread!r})` left {len(left)} keys of the thread in the store, such as {left[0][:60]!r}: "
        "delete everything that belongs to it, found by its key, and not by way of its checkpoints"
    )


@pytest.mark.exercise("write_a_saver", points=1, rules=(6,))
def test_writes_handed_in_again(submission):
    """Writes that a task hands in again, and the order of all of them."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    first, second, third = rng.sample(range(1000), 3)
    many = [["z", number] for number in rng.sample(range(1000), 12)]
    early, late, last = "task-c", "task-b", "task-a"  # by task id they would stand the other way round
    special = rng.choice(["__interrupt__", "__resume__"])
    busy = "task-ba"  # hands in many calls; each has one more `x` than the one before
    twin = "task-bb"  # has the path of another, so the task's id decides
    mixed = "task-bc"  # writes something special and something else in one call
    moved = "task-bd"  # hands in its second call with another path, so its writes aren't next to each other
    calls = [
        [[["x", first]], twin, "~2"],
        [[["x", first], ["y", second]], late, "~2"],
        [[["x", third]], last, "~3"],
        [[[special, "old"]], late, "~2"],
        [[["x", -1]], late, "~2"],
        [[[special, "new"]], late, "~2"],
        [many, early, "~1"],
        [[[special, "old"], ["x", first]], mixed, "~2"],
        [[["y", second], ["x", -1]], mixed, "~2"],
        [[[special, "new"], ["x", -1]], mixed, "~2"],
        [[["x", first]], moved, "~2"],
        [[[special, "new"]], moved, "~0"],
    ]
    calls += [[[[special, call], *[["x", call]] * call], busy, "~2"] for call in range(12)]
    steps = [run_of(thread, "a", 1), {"do": "put_writes", "thread": thread, "calls": calls}]
    put = submission.observe(use_saver, db=db, steps=steps)[1]
    writes = done(put, "`put_writes`")["writes"]
    ours = {(task, channel): value for task, channel, value in writes}
    assert (late, "x") in ours and (late, "y") in ours, (
        f"a task wrote `x` and `y`, and later `{special}`; then of `x` and `y` only "
        f"{[channel for task, channel in ours if task == late and channel in ('x', 'y')]} was left: a later call must keep "
        "a task's earlier writes"
    )
    assert ours[late, "x"] == first, (
        f"a task wrote `x` = {first}, and later `x` = -1 at the same index; {ours[late, 'x']} was kept: an "
        "ordinary write that's already there stays"
    )
    values = [value for task, channel, value in writes if (task, channel) == (late, special)]
    assert values == ["new"], (
        f"a task wrote `{special}` twice, and its pending writes have {values}: a special write replaces the one "
        "with the same index, which comes from `WRITES_IDX_MAP`"
    )
    values = [value for task, channel, value in writes if (task, channel) == (mixed, special)]
    assert values == ["new"], (
        f"a task handed in `{special}` and `x` in one call again, and `{special}` is {values}, not ['new']: decide for each write, "
        "since a special one replaces whatever else its call holds"
    )
    values = sorted(str([channel, value]) for task, channel, value in writes if task == mixed)
    assert values == sorted(map(str, ([special, "new"], ["x", first], ["y", second]))), (
        f"a task wrote `{special}` and `x`, then `y` and `x`; it has {', '.join(values)[:80]}: both times `x` has index 1, its "
        "position in `writes`, and `y` has 0, which is new"
    )
    of_busy = [[busy, special, 11], *([busy, "x", call] for call in range(1, 12))]
    values = [value for task, _, value in writes if task == busy]
    assert sorted(map(str, values)) == sorted(str(value) for _, _, value in of_busy), (
        f"a task handed in `{special}` and `x` in 12 calls, each with one more `x`, and it has {values}, not 11 and 1 to 11: "
        "merge calls in the order in which they came; as text, 10 comes before 2"
    )
    right = [
        [moved, special, "new"],
        *([early, channel, value] for channel, value in many),
        [late, special, "new"],
        [late, "x", first],
        [late, "y", second],
        *of_busy,
        [twin, "x", first],
        [mixed, special, "new"],
        [mixed, "y", second],
        [mixed, "x", first],
        [moved, "x", first],
        [last, "x", third],
    ]
    assert sorted(map(str, writes)) == sorted(map(str, right)), (
        f"{len(right)} writes were saved, but `get_tuple` returns {len(writes)}, or other ones: keep each by task and index"
    )
    others = [write[0] != moved for write in right]
    assert writes == right or [w for w in writes if w[0] != moved] != [*itertools.compress(right, others)], (
        f"a task wrote `x` with the path '~2', and `{special}` with '~0', and `get_tuple` returned them as numbers "
        f"{' and '.join(str(place) for place, w in enumerate(writes, 1) if w[0] == moved)} of {len(right)}, not 1 and {len(right) - 1}: sort each "
        "write by the path of its own call"
    )
    assert writes == right, (
        f"the pending writes begin with {[f'{task} {channel}' for task, channel, _ in writes][:3]}: sort them by "
        "`writes_sort_key(task_path, task_id, index)`, with the index as a number"
    )
