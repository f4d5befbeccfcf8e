"""Public tests of `roll_back_everything`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

from common import WARES, assert_rows_kept, naming

if TYPE_CHECKING:
    import random


def agent(roll_back_everything, url, db, store_db, thread, runs, others, jumps, good, kill_at, meanwhile):
    """Let the agent do its jobs, run by run, and return the good checkpoint's id; or roll back to `good`."""
    import contextlib
    import json
    import operator
    import os
    import signal
    import threading
    import time
    import urllib.error
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError
    from langgraph.graph import START, StateGraph
    from langgraph.store.sqlite import SqliteStore
    from langgraph.types import Command, interrupt

    class State(TypedDict, total=False):
        jobs: list
        runs: Annotated[int, operator.add]
        journal: Annotated[list, operator.add]

    ran, left, stumbled = [], dict(kill_at or {}), threading.Event()

    def die_at(place):
        if place in left:
            left[place] -= 1
            if left[place] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    class Store(SqliteStore):
        def batch(self, ops):
            done = super().batch(ops)
            for op in ops:
                if type(op).__name__ == "PutOp":
                    die_at("store")
            return done

    class Saver(SqliteSaver):
        def put(self, *args):
            die_at("before the thread")
            config = super().put(*args)
            die_at("after the thread")
            return config

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path, **body):
        request = urllib.request.Request(url + path, json.dumps(body).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    class Bank:
        def refund(self, id):
            ask("/refund", id=id)

        def refunded(self):
            return ask("/refunded")

    def record(state):
        ran.append("record")
        journal = []
        for job in state["jobs"]:
            if job["did"] == "put":
                namespace, key = tuple(job["namespace"]), job["key"]
                item = store.get(namespace, key)
                journal.append(
                    {"did": "put", "namespace": list(namespace), "key": key, "before": item and item.value}
                )
                if job["value"] is None:
                    store.delete(namespace, key)
                else:
                    store.put(namespace, key, job["value"])
        done = {"journal": journal, "runs": 1}
        return Command(update=done, goto=["charge", "audit"]) if jumps else done

    def charge(state):
        if any(job["did"] == "stumble" for job in state["jobs"]) and not stumbled.is_set():
            stumbled.set()
            raise RuntimeError("the bank is out, for once")
        ran.append("charge")
        charges = [job["id"] for job in state["jobs"] if job["did"] == "charge"]
        for id in charges:
            ask("/charge", id=id)
        return {"journal": [{"did": "charge", "id": id} for id in charges]}

    def audit(state):
        if any(job["did"] == "fail" for job in state["jobs"]):
            if not stumbled.is_set():  # an error that comes while this one ends the run isn't saved
                stumbled.wait(2)
                time.sleep(0.05)
            raise RuntimeError("the auditor is out")
        if any(job["did"] == "ask" for job in state["jobs"]):
            interrupt("Is this all right?")
        return {}

    def close(state):
        ran.append("close")
        return {}

    builder = StateGraph(State).add_node(record).add_node(charge).add_node(audit).add_edge(START, "record")
    if not jumps:
        builder.add_node(close).add_edge("record", "charge").add_edge("record", "audit")
        builder.add_edge(["charge", "audit"], "close")
    with contextlib.ExitStack() as stack:
        saver = stack.enter_context(Saver.from_conn_string(db))
        store = stack.enter_context(Store.from_conn_string(store_db))
        store.setup()
        for conn in (saver.conn, store.conn):
            conn.execute("pragma synchronous = off")  # a process is killed here, and never the machine
        graph, config = (
            builder.compile(checkpointer=saver, store=store),
            {"configurable": {"thread_id": thread}},
        )
        if isinstance(good, str):
            try:
                for namespace, key, value in meanwhile:
                    store.put(tuple(namespace), key, value)
                roll_back_everything(graph, store, thread, good, Bank())
            except urllib.error.HTTPError:
                return {"ran": ran}
            except KeyError as error:
                if error.args != ("checkpoint_ns",):
                    raise
                return {"lacks": "checkpoint_ns"}
            except InvalidUpdateError as error:
                if "Ambiguous" not in str(error):
                    raise
                return {"ambiguous": str(error)}
            return {"ran": ran}
        for jobs in runs:
            # Otherwise a checkpoint is written while the next step goes on, and may hold what a join has heard by then.
            with contextlib.suppress(RuntimeError):
                graph.invoke(jobs if jobs is None else {"jobs": jobs}, config, durability="sync")
            while len(graph.get_state(config).next) > 1:  # the error came before the task beside it had begun
                with contextlib.suppress(RuntimeError):
                    graph.invoke(None, config, durability="sync")
        for namespace, key, value in others:
            store.put(tuple(namespace), key, value)
        number, waits = good
        for snapshot in graph.get_state_history(config):
            if snapshot.values.get("runs") == number and snapshot.next == (
                ("charge", "audit") if waits else ()
            ):
                return snapshot.config["configurable"]["checkpoint_id"]
    return None


class BankDesk:
    """The bank, with the judge: it charges and refunds whatever it is told to, and may kill or refuse who asks."""

    def __init__(self, submission: Any) -> None:
        self.charges, self.refunds = list[str](), list[str]()
        self.kill_at: int | None = None
        self.refuses = False
        self.by_others = 0
        self._submission, self.server = submission, submission.serve(self._answer)

    def refund_by_others(self, id: str) -> None:
        """Note a refund that somebody else made."""
        self.refunds.append(id)
        self.by_others += 1

    def _answer(self, request: Any) -> Response:
        if request.path == "/charge":
            self.charges.append(request.json["id"])
        if request.path == "/refund" and self.refuses and len(self.refunds) == 2:
            self.refuses = False
            return Response(status=503)
        if request.path == "/refund":
            self.refunds.append(request.json["id"])
            if len(self.refunds) == self.kill_at:
                self.kill_at = None
                self._submission.kill()
        return Response(body=self.refunds if request.path == "/refunded" else {})


def draw_agent(
    rng: random.Random,
    fails: bool = False,
    asks: bool = False,
    idle: bool = False,
    alike: bool = False,
    jumps: bool = False,
) -> dict[str, Any]:
    """Draw three runs of an agent, and what others put into the same store meanwhile.

    A run that fails had failed before, in the node beside. One that asks waits for an answer. An idle one comes last, and
    does nothing outside. Much may be alike: then one charge is in the journal twice, one value becomes another that is equal
    in Python, one is empty, and of two items, namespace and key read the same once they're joined. An agent that jumps has no
    edges: a node names its two successors by a command, and they are the last.
    """
    ada, bob, cleo = (
        [["customers", "staff"][rng.randrange(2)], f"{name}{rng.randrange(99)}"] for name in ("a", "b", "c")
    )
    plan, price, note, tier, sale = rng.sample(WARES, 5)
    base = rng.randrange(100, 999)  # of the ids, each but one begins like another
    ids = iter([f"{base}1", f"{base}0", f"{base}", f"{base}00"])

    def put(
        namespace: list[str], key: str, gone: bool = False, value: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        if value is None and not gone:
            value = {"is": f"{rng.choice(WARES)} {next(values)}"}
        return {"did": "put", "namespace": namespace, "key": key, "value": value}

    def charge() -> dict[str, Any]:
        return {"did": "charge", "id": f"ch_{next(ids)}"}

    values = iter(range(100))
    # There and back: the entry of the change that follows is equal to one from before.
    basic, free = (
        [put(ada, plan, value=value), put(ada, plan), put(ada, plan, value=value)]
        for value in ({"is": "basic"}, {"is": "free"})
    )
    twins = [(ada, f"{sale}/1"), ([*ada, sale], "1"), (ada, f"{sale}.2"), ([*ada, sale], "2")]
    runs = [
        [*basic, put(ada, price), put(bob, plan, value={} if alike else None), charge()],
        [*free, put(ada, price, gone=True), charge(), charge()],
        [put(ada, plan), put(bob, note), put(ada, tier), put(bob, plan), put(ada, tier), charge()],
    ]
    if alike:
        runs[0].append(put(bob, sale, value={"is": True}))
        runs[1].append(runs[1][-1])
        runs[2] += [put(bob, sale, value={"is": 1}), *(put(namespace, key) for namespace, key in twins)]
    if fails:
        runs[-1] += [{"did": "stumble"}, {"did": "fail"}]
    if asks:
        runs[-1].append({"did": "ask"})
    if idle:
        runs.append([])
    others = [[cleo, plan, {"is": "theirs"}], [ada, f"{note} of another", {"is": "theirs"}]]
    return {"runs": runs, "others": others, "jumps": jumps}


def items_at(drawn: dict[str, Any], runs: int) -> dict[tuple[str, str], Any]:
    """Return what the store should hold after so many runs, with the items of others."""
    items = dict[tuple[str, str], Any]()
    for job in [job for run in drawn["runs"][:runs] for job in run if job["did"] == "put"]:
        items[".".join(job["namespace"]), job["key"]] = job["value"]
    items |= {(".".join(namespace), key): value for namespace, key, value in drawn["others"]}
    return {place: value for place, value in items.items() if value is not None}


def rolled_back(
    submission: Any,
    drawn: dict[str, Any],
    good: tuple[int, bool],
    name: str = "agent",
    refund_kills: int | None = None,
    kill_at: dict[str, int] | None = None,
    bank_refuses: bool = False,
) -> None:
    """Have an agent's runs rolled back, perhaps with a kill and a second call; expect all three places right.

    A bank that refuses a refund once is another reason for a second call. Without a kill, somebody refunds a charge before. Then an item is changed, and the function called once more.
    """
    desk, thread = BankDesk(submission), f"agent-{submission.rng.randrange(99)}"
    db, store_db = f"{name}.db", f"{name}-store.db"
    given = {"url": desk.server.url, "db": submission.path(db), "store_db": submission.path(store_db)}
    given |= {**drawn, "thread": thread, "meanwhile": []}
    id = submission.observe(agent, **given, good=good, kill_at=None)
    path = submission.file(db)
    rows = evidence.raw_rows(path, thread)
    wanted = next(row for row in evidence.checkpoints(path, thread) if row.id == id)
    desk.kill_at = refund_kills
    desk.refuses, killed = bank_refuses, bool(refund_kills or kill_at)
    again = (
        " after a kill and a second call" * killed
        + " after the bank had raised, and a second call" * bank_refuses
    )
    if not again and not failed(drawn) and drawn["runs"][-1]:
        desk.refund_by_others(desk.charges[-1])
    seen = submission.observe(agent, **given, good=id, kill_at=kill_at, dies=killed)
    if killed:
        submission.restart()
    if again:
        seen = submission.observe(agent, **given, good=id, kill_at=None)
    assert_rolled_back(submission, seen, desk, drawn, good, store_db, again)
    path = submission.file(db)
    assert_at_checkpoint(evidence.checkpoints(path, thread)[-1], wanted, again)
    assert_rows_kept(rows, evidence.raw_rows(path, thread))
    if again:
        return
    first = drawn["runs"][0][0]
    given["meanwhile"] = [[first["namespace"], first["key"], {"is": "changed since"}]]
    drawn = {**drawn, "others": [*drawn["others"], *given["meanwhile"]]}
    seen = submission.observe(agent, **given, good=id, kill_at=None)
    assert_rolled_back(
        submission, seen, desk, drawn, good, store_db, " after one more call, when all was done"
    )
    # The agent goes on, perhaps where it was and with the same failure, and is rolled back once more.
    run = (
        None
        if good == (3, True) and failed(drawn)
        else [{**first, "value": {"is": "once more"}}, {"did": "charge", "id": "ch_again"}]
    )
    submission.observe(agent, **{**given, "runs": [run], "others": []}, good=(99, False), kill_at=None)
    seen = submission.observe(agent, **{**given, "meanwhile": []}, good=id, kill_at=None)
    again = " after another run and another call"
    assert_rolled_back(submission, seen, desk, drawn, good, store_db, again)
    assert_at_checkpoint(evidence.checkpoints(submission.file(db), thread)[-1], wanted, again)


def assert_rolled_back(
    submission: Any,
    seen: dict[str, Any],
    desk: BankDesk,
    drawn: dict[str, Any],
    good: tuple[int, bool],
    store_db: str,
    again: str,
) -> None:
    """Expect bank and store to be back at the good checkpoint, and no node to have run."""
    assert "lacks" not in seen, (
        "your code raised `KeyError: 'checkpoint_ns'`: a config with a checkpoint's id needs three keys, `thread_id`, "
        '`checkpoint_ns` (`""`) and `checkpoint_id`, also in the config that you read the good snapshot with'
    )
    assert "ambiguous" not in seen, (
        f"the good checkpoint is behind two nodes that ran at once, and your code raised `{seen['ambiguous']}`: an update is "
        "written in one node's name, so copy the checkpoint instead"
    )
    ran = seen["ran"]
    assert not ran, (
        f"{naming('node', ran)} ran while you rolled back: `invoke` continues from a checkpoint, and does its work again"
    )
    assert_refunded(desk, drawn, good, again)
    assert_restored(evidence.store_items(submission.file(store_db)), drawn, good[0], again)


def assert_refunded(desk: BankDesk, drawn: dict[str, Any], good: tuple[int, bool], again: str) -> None:
    """Expect one refund for each charge since the good checkpoint, and none for others."""
    number, waits = good
    charges = [[job["id"] for job in run if job["did"] == "charge"] for run in drawn["runs"]]
    kept = [id for run in charges[: number - 1 if waits else number] for id in run]
    due = [id for id in dict.fromkeys(desk.charges) if id not in kept]
    early = [id for id in desk.refunds if id in kept]
    assert not early, (
        f"charge `{early[0]}` was refunded{again}, but it was charged before the good checkpoint: undo only what came since"
    )
    count = Counter(desk.refunds)
    twice = [id for id in due if count[id] > 1]
    assert not twice, (
        f"charge `{twice[0]}` was refunded {count[twice[0]]} times{again}: the bank already had that refund when you asked for it; "
        "look for the id in `bank.refunded()` right before each refund"
    )
    missing = [id for id in due if not count[id]]
    never = f"{naming('charge', missing)} {'was' if len(missing) == 1 else 'were'} never refunded"
    asked = desk.refunds[desk.by_others :]
    begins_like = next(
        (other for id in missing for other in due if other != id and other.startswith(id)), None
    )
    assert not missing or again or not asked or not begins_like, (
        f"{never}, but `{begins_like}` was: compare whole ids, since one can be the beginning of another"
    )
    assert not missing or "another run" not in again, (
        f"{never}{again}: the thread went on after it had been rolled back, so there was more to undo; look at the journal at "
        "each call"
    )
    assert not missing or "bank" not in again, (
        f"{never}{again}: the thread moved on although a refund had failed, so the second call didn't know of it; let the "
        "exception through, and write the thread last"
    )
    assert not missing or not again or not desk.refunds, (
        f"{never}{again}: only the newest checkpoint's journal says what is left to do, and it was gone, "
        "so write the thread last"
    )
    assert not (failed(drawn) and missing and set(missing) <= set(charges[-1])), (
        f"{never}: the last run {'waits for an answer' if asks(drawn) else 'failed'}, and what its finished nodes returned is "
        "still pending, even where they had raised once; `get_state` without a checkpoint id counts it"
    )
    assert not missing, (
        f"{never}: time travel rewinds the graph's state and nothing else, so what was done "
        "outside needs an action that undoes it"
    )
    strange = sorted(set(desk.refunds) - set(due))
    assert not strange, f"a refund of {', '.join(strange)} was paid, and nothing of that name was charged"


def failed(drawn: dict[str, Any]) -> bool:
    """Tell whether the last run fails, or waits for an answer."""
    return {"did": "fail"} in drawn["runs"][-1] or asks(drawn)


def asks(drawn: dict[str, Any]) -> bool:
    """Tell whether the last run waits for an answer."""
    return {"did": "ask"} in drawn["runs"][-1]


def assert_restored(
    items: dict[tuple[str, str], Any], drawn: dict[str, Any], number: int, again: str
) -> None:
    """Expect the store to hold what it held at the good checkpoint, and what others put there."""
    right, last = items_at(drawn, number), items_at(drawn, len(drawn["runs"]))
    theirs = {(".".join(namespace), key) for namespace, key, _ in drawn["others"]}
    wrong = sorted(
        place for place in {*right, *items} if repr(items.get(place)) != repr(right.get(place))
    )  # in Python, `True == 1`
    first = drawn["runs"][0][0]
    there_and_back = ".".join(first["namespace"]), first["key"]

    def twin(place: tuple[str, str]) -> tuple[str, str] | None:
        joined = ".".join(place).replace("/", ".")
        others = (other for other in last if other != place)
        return next((other for other in others if ".".join(other).replace("/", ".") == joined), None)

    def special(place: tuple[str, str]) -> tuple[bool, bool, bool]:
        return place == there_and_back, items.get(place) == right.get(place), twin(place) is not None

    for place in sorted(wrong, key=special):  # the plain ones first
        key, namespace, is_now, was = place[1], place[0], items.get(place), right.get(place)
        where = f"item {key!r} of {namespace!r} is {is_now}{again}"
        assert place not in theirs or "one more call" not in again, (
            f"{where}, and it was changed since to {was}: a call that finds nothing left to undo should change nothing"
        )
        assert place not in theirs, f"{where}, but it's someone else's, who put {was}: leave it"
        where += f", and at the good checkpoint it was {was}"
        assert wrong != [there_and_back], (
            f"{where}: one entry since then is equal to an older one, because the item had that value before; count entries "
            "instead of comparing them"
        )
        assert is_now != was, (
            f"{where}: Python takes the two for equal, so put `before` back without comparing"
        )
        other = twin(place)
        assert not other or other in wrong, (
            f"{where}. `{other[1]}` of `{other[0]}` is right: the two read the same if namespace and key are joined, so keep them apart"
        )
        assert is_now != last.get(place) or is_now is None, (
            f"{where}: a store has no history, so time travel rewinds the graph's state and nothing else; undo what the journal says"
        )
        assert is_now is None, (
            f"{where}: an item that was changed twice has two entries, and the oldest `before` must win, so undo the newest first"
        )
        assert was != {}, f"{where}: `{{}}` is a value, and only `None` means that there was no item"
        raise AssertionError(f"{where}: put `before` back, and undo nothing that came earlier")


def assert_at_checkpoint(newest: evidence.Row, good: evidence.Row, again: str) -> None:
    """Expect the newest checkpoint to be like the good one, in its state and in what it waits for."""
    keys = ("jobs", "runs", "journal")
    state, wanted = ({key: row.values.get(key) for key in keys} for row in (newest, good))
    assert (state["runs"] or 0) <= (wanted["runs"] or 0) or newest.source != "update", (
        f"the newest checkpoint counts {state['runs']} runs{again}, and the good one {wanted['runs']}: values that you write go "
        "through the reducers, which add them to what's there"
    )
    assert state == wanted, (
        f"the newest checkpoint counts {state['runs']} runs with {len(state['journal'] or [])} entries{again}, and the good one "
        f"{wanted['runs']} with {len(wanted['journal'] or [])}: the thread should continue from the good one's state"
    )
    due, wanted_due = (
        sorted(name for name in row.values if name.startswith("branch:to:")) for row in (newest, good)
    )
    anew = "; an update follows a node's edges anew, so copy the checkpoint" * (newest.source == "update")
    assert due == wanted_due, (
        f"the newest checkpoint waits for {[name.removeprefix('branch:to:') for name in due]}{again}, and the good one for "
        f"{[name.removeprefix('branch:to:') for name in wanted_due]}: its place in the run is part of it{anew}"
    )
    pending = any(write.channel == "journal" for write in newest.writes)
    assert not pending, (
        f"what a finished node returned is still pending on the newest checkpoint{again}, so the thread would count it when it "
        "goes on: save a copy of the good checkpoint, which has nothing pending"
    )


@pytest.mark.exercise("roll_back_everything", points=2, needs=("server",), rules=(1, 2, 3, 5))
def test_rolled_back_to_the_end_of_a_run(submission):
    """The good checkpoint is the end of a run: thread, store and bank are back there, and stay there."""
    rolled_back(submission, draw_agent(submission.rng), (1, False))
    rolled_back(submission, draw_agent(submission.rng, idle=True), (3, False), name="idle")


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",), rules=(1, 2, 3))
def test_rolled_back_into_a_run(submission):
    """The good checkpoint is in a run, or behind two nodes that ran at once: the thread waits again for what came next."""
    rolled_back(submission, draw_agent(submission.rng, alike=True), (2, True))
    rolled_back(submission, draw_agent(submission.rng, idle=True, jumps=True), (4, True), name="idle")
    rolled_back(submission, draw_agent(submission.rng, jumps=True), (1, False), name="jumps")


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",), rules=(4,))
def test_last_run_failed(submission):
    """The last run failed, or waits for an answer, and what a node beside the one that did so had done is undone."""
    for number, waits in ((1, False), (2, True), (3, True)):
        drawn = draw_agent(submission.rng, fails=number > 1, asks=number == 1)
        rolled_back(submission, drawn, (number, waits), name=f"agent{number}")


@pytest.mark.exercise("roll_back_everything", points=2, needs=("server",), restarts=True, rules=(2, 5))
def test_killed_during_the_refunds(submission):
    """The process is killed right after a refund, and the second call finishes the work."""
    for kill in (1, 3):
        rolled_back(submission, draw_agent(submission.rng), (1, False), f"agent{kill}", refund_kills=kill)
