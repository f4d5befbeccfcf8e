"""Public tests of module 04: savers, growth, backup."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

# --- write_a_saver -----------------------------------------------------------------------------------

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
    """Do these steps with a new saver, on a store that lies in a file; tell what each one gave."""
    import asyncio
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

    saver = KeyValueSaver(Store())
    builder = StateGraph(Round).add_node(work).add_node(ship).add_edge(START, "work")
    builder.add_conditional_edges("work", lambda state: "work" if state["left"] else "ship", ["work", "ship"])
    graph = builder.compile(checkpointer=saver)

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
        }

    def do(step):
        config = {"configurable": {"thread_id": step.get("thread"), **step.get("at", {})}}
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
                return [
                    told(found)
                    for found in saver.list(given, filter=step.get("filter"), limit=step.get("limit"))
                ]
            case "delete":
                return saver.delete_thread(step["thread"])
            case "put":
                made = {**empty_checkpoint(), "channel_values": step["values"]}
                return saver.put(config, made, {"source": "loop", "step": step["step"]}, {})
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


def assert_ran_round(step: dict[str, Any], log: list[str], rounds: int, what: str) -> None:
    """Expect a run to have gone round as often as it should, and to have ended with this log."""
    state, went = done(step, what), step["ran"].count("work")
    assert went >= rounds, (
        f"in {what} the node `work` ran {went} times instead of {rounds}, and no error was raised: a node runs when "
        "the version of its channel is newer than the one that the node has seen, so look at what "
        "`get_next_version` returns, and at whether the versions in a checkpoint come back as they were saved"
    )
    got = state.get("log") if isinstance(state, dict) else state
    assert got == log, (
        f"{what} ended with the log {got} instead of {log}: what the thread held comes from `get_tuple`"
    )


@pytest.mark.exercise("write_a_saver", points=1)
def test_official_suite(submission):
    """The official conformance suite passes for all base methods."""
    seen = submission.observe(conform)
    parts = {
        name: seen["parts"][name] for name in ("put", "put_writes", "get_tuple", "list", "delete_thread")
    }
    missing = [name for name, part in parts.items() if not part["detected"]]
    assert not missing, (
        f"the suite found no `a{missing[0]}` in your class: keep the async methods, it calls only those"
    )
    failed = [(name, failure) for name, part in parts.items() for failure in part["failures"]]
    assert not failed, (
        f"the conformance suite fails {len(failed)} of its tests, the first for `{failed[0][0]}`: {failed[0][1][:300]}"
    )
    assert seen["passed"], "the conformance suite does not pass for all base methods"


@pytest.mark.exercise("write_a_saver", points=1)
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
        f"`graph.invoke` raised `{by_invoke['raised']}`, and `graph.ainvoke` works: a saver has two faces, and the "
        "conformance suite asks the async methods only, so it cannot see that the sync ones are broken"
    )
    assert_ran_round(by_invoke, log_of(first, rounds), rounds, "`graph.invoke`")
    assert_ran_round(by_ainvoke, log_of(second, rounds), rounds, "`graph.ainvoke`")
    assert_ran_round(again, log_of(first, rounds) + log_of(third, 2), 2, "a second run of the same thread")


@pytest.mark.exercise("write_a_saver", points=2, restarts=True)
def test_another_process_goes_on(submission):
    """After SIGKILL before the last node, another process goes on from the store."""
    rng = submission.rng
    rounds, thread, text, db = (
        rng.randrange(2, 5),
        rng.choice(SAVER_NAMES),
        draw_text(rng),
        submission.path("store.db"),
    )
    submission.observe(use_saver, db=db, steps=[run_of(thread, text, rounds)], kill_before="ship")
    rows = evidence.table(submission.file("store.db"), "store")
    assert rows, (
        "the process was killed before the last node, and the store holds nothing: `put` has to write to it"
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
        f"the store held {len(rows)} keys when the process was killed, but a saver in a new process knew nothing of "
        "the thread: what a saver needs to find a checkpoint must lie in the store, not in the saver"
    )
    held = log_of(text, rounds)[:-1]
    assert (known["values"].get("log"), known["next"]) == (held, ["ship"]), (
        f"in the new process the thread holds {known['values'].get('log')} with {known['next']} to run next, instead "
        f"of {held} with ['ship']: the newest checkpoint is the one with the greatest id"
    )
    ended = done(run, "`invoke(None)` in the new process")
    assert (run["ran"], ended.get("log")) == (["ship"], [*held, "ship"]), (
        f"the new process ran {run['ran']} and ended with {ended.get('log')}: only `ship` was left to run"
    )
    listed = done(history, "`list` in the new process")
    steps_seen = [found["step"] for found in listed]
    assert steps_seen == list(range(rounds + 1, -2, -1)), (
        f"the thread's checkpoints are listed with the steps {steps_seen}: all of both processes, newest first, would "
        f"be {rounds + 1} down to -1"
    )


@pytest.mark.exercise("write_a_saver", points=1)
def test_deleted_thread_is_gone(submission):
    """A deleted thread leaves no key and no value, and its neighbours lose nothing."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    neighbours = [f"{thread}2", f"{thread}/{thread}", thread[1:], f"{thread} {rng.randrange(100)}"]
    dump = [{"do": "list", "thread": one} for one in neighbours]
    texts = {one: draw_text(rng) for one in (*neighbours, thread)}
    steps = [run_of(one, texts[one], 2) for one in neighbours]
    before = submission.observe(use_saver, db=db, steps=[*steps, *dump])[len(steps) :]
    keys = {key for key, _ in evidence.table(submission.file("store.db"), "store")}
    steps = [
        run_of(thread, texts[thread], 2),
        {"do": "delete", "thread": thread},
        {"do": "get", "thread": thread},
    ]
    _, deleted, got, *after = submission.observe(use_saver, db=db, steps=[*steps, *dump])
    done(deleted, "`delete_thread`")
    rows = evidence.table(submission.file("store.db"), "store")
    assert_erased(rows, keys, thread, texts[thread])
    assert done(got, "`get_tuple` of a deleted thread") is None, (
        f"thread {thread!r} was deleted, and `get_tuple` still returns a checkpoint for it"
    )
    for one, then, now in zip(neighbours, before, after, strict=True):
        assert done(then, f"`list` of thread {one!r}") and then == now, (
            f"when thread {thread!r} was deleted, thread {one!r} lost something too: its checkpoints or their writes "
            "are no longer what they were, so compare whole thread ids and not how they begin or end"
        )


def assert_erased(rows: list[tuple[str, bytes]], keys: set[str], thread: str, text: str) -> None:
    """Expect nothing in the store that a thread has brought."""
    for key, value in rows:
        assert text.encode() not in value, (
            f"`delete_thread({thread!r})` left {key!r} behind, and what the customer wrote ({text!r}) is still in the "
            "store: the writes of a thread hold its data as well as the checkpoints do, and the suite never looks"
        )
    left = sorted(key for key, _ in rows if key not in keys)
    assert not left, (
        f"`delete_thread({thread!r})` left {len(left)} keys of the thread in the store, such as {left[0]!r}"
    )


# --- storage_budget ----------------------------------------------------------------------------------

BUDGET_BYTES = 5_000_000
BUDGET_PEOPLE = ("mara", "noor", "otis", "pia", "quin", "rosa", "sven", "tara")


def talk(open_chat, db, turns, replies, give_up):
    """Let customers say something, one after the other; tell what the model was given each time.

    Of a long list of messages a digest is told. Once the files hold more than `give_up` bytes, it is enough.
    """
    import hashlib
    import sqlite3
    from pathlib import Path

    files = [Path(db), Path(f"{db}-wal")]
    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nobody pulls the plug
    coming = iter(replies)
    given = []

    def model(messages):
        given.append([str(getattr(message, "content", message)) for message in messages])
        return next(coming)

    say = open_chat(connection, model)
    told = []
    for customer, text in turns:
        given.clear()
        returned = say(customer, text)
        heard = given[-1] if given else []
        told.append(
            {
                "calls": len(given),
                "returned": returned,
                "count": len(heard),
                "digest": hashlib.sha256("\n".join(heard).encode()).hexdigest(),
                "begins": [one[:12] for one in heard[:1] + heard[-1:]],
            }
        )
        if sum(file.stat().st_size for file in files if file.exists()) > give_up:
            break

    def number(query):
        return connection.execute(query).fetchone()[0] or 0

    tables = number("select count(*) from sqlite_master where name in ('checkpoints', 'writes')")
    about = {
        "checkpoints": number("select count(*) from checkpoints") if tables == 2 else 0,
        "free": number("pragma freelist_count") * number("pragma page_size"),
    }
    connection.close()
    return {"told": told, **about}


def draw_talk(
    rng: random.Random, customers: Sequence[str], size: int
) -> tuple[list[tuple[str, str]], list[str]]:
    """Draw what each of these customers says, one after the other, and what the model replies."""
    texts = [
        f"{rng.randrange(10**11, 10**12)} {rng.randbytes(size).hex()[: size - 13]}"
        for _ in range(2 * len(customers))
    ]
    return list(zip(customers, texts[::2], strict=True)), texts[1::2]


def assert_knows_all(
    seen: dict[str, Any],
    turns: Sequence[tuple[str, str]],
    replies: Sequence[str],
    before: dict[str, list[str]],
) -> None:
    """Expect the model to have been given the whole conversation at each turn; `before` grows by what was said."""
    last = None
    for number, (told, (customer, text), reply) in enumerate(
        zip(seen["told"], turns, replies, strict=False), 1
    ):
        said = before.setdefault(customer, [])
        said.append(text)
        assert told["calls"] == 1, (
            f"at turn {number} `model` was called {told['calls']} times instead of once"
        )
        assert told["returned"] == reply, (
            f"at turn {number} `say` returned {str(told['returned'])[:40]!r} … and not the model's reply as a string"
        )
        assert told["count"] == len(said), why_not_all(
            told, said, number, customer, last, seen["checkpoints"]
        )
        assert told["digest"] == hashlib.sha256("\n".join(said).encode()).hexdigest(), (
            f"at turn {number} the model was given {told['count']} messages, as many as there are, but not the same "
            "ones in the same order: it gets them word for word, from the oldest to the newest"
        )
        said.append(reply)
        last = customer


def why_not_all(
    told: dict[str, Any], said: Sequence[str], number: int, customer: str, last: str | None, rows: int
) -> str:
    """Explain why the model was not given the whole conversation."""
    what = f"at turn {number} the model was given {told['count']} of {len(said)} messages of {customer!r}"
    if 1 < told["count"] < len(said) and told["begins"][0] != said[0][:12]:
        return f"{what}, and the oldest are gone: a budget for the file is no limit for the conversation"
    if told["count"] == 1 and last != customer and last is not None and rows:
        return (
            f"{what}, after another customer had spoken: if you delete old checkpoints, keep the newest of each thread, "
            "and not only the newest of the file"
        )
    if told["count"] == 1 and rows <= number:
        return (
            f"{what}, and no error was raised: what was said before was deleted with its ancestors, for a checkpoint "
            "need not hold the values of its channels; one of a `DeltaChannel` is put together from older writes"
        )
    if told["count"] > len(said):
        return f"{what}: does every customer have a thread of their own, and is each message added once?"
    return f"{what}: does each turn replace the one before it, does it start in another thread, or is one left out?"


def assert_in_budget(seen: dict[str, Any], path: Path, turns: int) -> None:
    """Expect the files to be small enough."""
    assert evidence_of_threads(path), (
        "no checkpoint of LangGraph is in the database: keep what was said in a graph's state"
    )
    size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
    went = len(seen["told"])
    what = f"after {went} of {turns} turns the database takes {size / 1e6:.1f} MB, and {BUDGET_BYTES / 1e6:.0f} are the budget"
    assert size <= BUDGET_BYTES or seen["free"] < size // 3, (
        f"{what}: {seen['free'] / 1e6:.1f} MB of it are free pages, for to delete rows does not make a file smaller; "
        "delete sooner, so that the next turn takes the free pages, or have SQLite give them back"
    )
    assert size <= BUDGET_BYTES and went == turns, (
        f"{what}: it holds {seen['checkpoints']} checkpoints, each with the whole conversation up to then, and that "
        "grows with the square of the turns, however few checkpoints a turn makes"
    )


def evidence_of_threads(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []


@pytest.mark.exercise("storage_budget", points=3, restarts=True, timeout=30)
def test_sixty_long_turns(submission):
    """Sixty long turns stay within 5 MB, and after SIGKILL a new process knows them all."""
    rng = submission.rng
    customer, db = rng.choice(BUDGET_PEOPLE), submission.path("support.db")
    turns, replies = draw_talk(rng, [customer] * 62, 2_400)
    said: dict[str, list[str]] = {}
    seen = submission.observe(talk, db=db, turns=turns[:60], replies=replies[:60], give_up=24_000_000)
    assert_knows_all(seen, turns[:60], replies[:60], said)
    assert_in_budget(seen, submission.file("support.db"), 60)
    submission.restart()
    seen = submission.observe(talk, db=db, turns=turns[60:], replies=replies[60:], give_up=24_000_000)
    assert seen["told"][0]["count"] != 1, (
        f"after SIGKILL the model was given the new text and none of the {len(said[customer])} messages before it: "
        "they lived in the process and not in the database"
    )
    assert_knows_all(seen, turns[60:], replies[60:], said)


@pytest.mark.exercise("storage_budget", points=1)
def test_customers_take_turns(submission):
    """Customers who take turns keep what they said."""
    rng = submission.rng
    one, other, third = rng.sample(BUDGET_PEOPLE, 3)
    order = [one, one, other, one, other, other, third, one, third, other, one]
    turns, replies = draw_talk(rng, order, 100)
    seen = submission.observe(
        talk, db=submission.path("support.db"), turns=turns, replies=replies, give_up=24_000_000
    )
    assert_knows_all(seen, turns, replies, {})


# --- online_backup -----------------------------------------------------------------------------------


def back_up_service(back_up, db, copy, texts, busy):
    """Have a service write, and back it up; tell each commit, in order, and what happened meanwhile.

    A busy service commits, and moves its `-wal` into the file, whenever one of its files is opened as a file or
    half of it has been read, and from a thread of its own as well. What SQLite reads, it reads undisturbed.
    """
    import builtins
    import io
    import operator
    import os
    import sqlite3
    import threading
    from contextlib import closing
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    commits, noting = [], threading.RLock()

    class Noting(SqliteSaver):
        def put(self, config, checkpoint, *rest):
            with noting:
                saved = super().put(config, checkpoint, *rest)
                commits.append(["checkpoint", config["configurable"]["thread_id"], checkpoint["id"], ""])
            return saved

        def put_writes(self, config, writes, task_id, task_path=""):
            where = config["configurable"]
            with noting:
                super().put_writes(config, writes, task_id, task_path)
                commits.append(["write", where["thread_id"], where["checkpoint_id"], task_id])

    class Log(TypedDict):
        log: Annotated[list, operator.add]

    with closing(sqlite3.connect(copy)) as old:
        old.execute("create table old (backup)")
    connection = sqlite3.connect(db, check_same_thread=False, timeout=0.3)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(Log).add_node("note", lambda state: {"log": ["noted"]}).add_edge(START, "note")
    graph = builder.compile(checkpointer=Noting(connection))
    left, one_at_a_time = list(texts), threading.Lock()

    def turn():
        thread, text = left.pop(0)
        graph.invoke({"log": [text]}, {"configurable": {"thread_id": thread}}, durability="sync")

    half = len(left) // 3
    for _ in range(half):
        turn()
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    for _ in range(half):
        turn()

    at_work, over = threading.current_thread(), threading.Event()
    was_locked, read = [], []

    def serve(count=3):
        with one_at_a_time:
            try:
                for _ in range(count):
                    if left and not was_locked:
                        turn()
                connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            except sqlite3.OperationalError as error:
                was_locked.append(str(error))

    class Read(io.FileIO):
        """A file of the service's that is read as a file: half-way through, the service goes on."""

        served = False

        def _serve(self):
            if not self.served and self.tell():
                self.served = True
                serve()

        def readinto(self, buffer):
            self._serve()
            return super().readinto(memoryview(buffer)[: max(1, os.fstat(self.fileno()).st_size // 2)])

        def readall(self):
            first = super().read(os.fstat(self.fileno()).st_size // 2)
            self._serve()
            return first + super().readall()

    real_open, real_sendfile = io.open, os.sendfile

    def watched_open(path, mode="r", *args, **kwargs):
        name = str(Path(path).absolute()) if isinstance(path, str | os.PathLike) else ""
        if name.startswith(db) and mode == "rb" and threading.current_thread() is at_work:
            read.append(name[len(db) :])
            serve()
            return io.BufferedReader(Read(name))
        return real_open(path, mode, *args, **kwargs)

    def no_sendfile(*_):
        raise OSError(22, "the kernel copies no files here: read them")

    def go_on():
        for _ in range(6):
            if not over.is_set():
                serve(1)

    before, service, raised = len(commits), threading.Thread(target=go_on), None
    if busy:
        builtins.open = io.open = watched_open
        os.sendfile = no_sendfile
        service.start()
    try:
        back_up(db, copy)
    except sqlite3.OperationalError as error:
        raised = str(error)
    finally:
        builtins.open = io.open = real_open
        os.sendfile = real_sendfile
        over.set()
        if busy:
            service.join(20)
    connection.close()
    return {
        "commits": commits,
        "before": before,
        "locked": was_locked,
        "read": read,
        "raised": raised,
    }


def draw_service(rng: random.Random, turns: int) -> list[tuple[str, str]]:
    """Draw what is said in which thread."""
    threads = rng.sample(BUDGET_PEOPLE, 3)
    return [(rng.choice(threads), rng.randbytes(rng.randrange(300, 900)).hex()) for _ in range(turns)]


def assert_moment(seen: dict[str, Any], path: Path) -> None:
    """Expect a copy, without what lies beside it, to hold all commits up to one of them, and no other."""
    assert not seen["raised"], f"`back_up` raised `OperationalError: {seen['raised']}`"
    assert not seen["locked"], (
        f"while you made the backup, the service could not write (`{seen['locked'][0]}`): a backup must lock nobody "
        "out, and who reads through SQLite in WAL mode need not"
    )
    files = sorted(set(seen["read"]))
    if len(files) > 1:
        torn = "the file and its `-wal` were read one after the other, at two moments, and the service wrote in between"
    else:
        torn = "the service wrote while the file was being read, so that it holds pages of several moments"
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(shutil.copy(path, folder))
        try:
            damage, held = evidence.damage(alone), commits_in(alone)
        except AssertionError as error:
            why = (
                torn
                if files
                else "what was committed last lies in `-wal` until SQLite moves it, and not in the file"
            )
            raise AssertionError(f"{error}; {why}") from None
    assert not damage, f"the backup opens, and SQLite finds it damaged ({damage[:80]}): {torn}"
    commits = [tuple(commit) for commit in seen["commits"]]
    unknown = held - set(commits)
    assert not unknown, f"the backup holds {len(unknown)} rows that the service has not committed"
    gap = next((number for number, commit in enumerate(commits) if commit not in held), len(commits))
    assert gap >= seen["before"], (
        f"{seen['before']} commits were made before `back_up` was called, and the backup holds "
        f"{len(held)}, from number {gap + 1} on there are gaps: "
        + (
            torn
            if files
            else "what was committed last lies in `-wal` until SQLite moves it, and not in the file"
        )
    )
    assert len(held) == gap, f"the backup lacks commit {gap + 1} and holds later ones: {torn}"


def commits_in(path: Path) -> set[tuple[str, ...]]:
    """Return the commits of a service that a database holds."""
    held: set[tuple[str, ...]] = set()
    for thread in evidence.threads(path):
        for row in evidence.checkpoints(path, thread):
            held.add(("checkpoint", thread, row.id, ""))
            held |= {("write", thread, row.id, write.task_id) for write in row.writes}
    return held


@pytest.mark.exercise("online_backup", points=1)
def test_idle_service(submission):
    """The backup of a service that is open and idle holds all that was committed, in the place of an older one."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("backup.db"),
        texts=draw_service(submission.rng, 24),
        busy=False,
    )
    assert_moment(seen, submission.file("backup.db"))


@pytest.mark.exercise("online_backup", points=2, restarts=True)
def test_busy_service(submission):
    """The backup of a service that goes on writing is the database as it was at one moment."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("backup.db"),
        texts=draw_service(submission.rng, 60),
        busy=True,
    )
    assert_moment(seen, submission.file("backup.db"))
