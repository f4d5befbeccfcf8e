"""Public tests of `safe_replay`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.sandbox.http_server import Response
from autograder.testing import evidence

from common import WARES, naming

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def settle(safe_replay, url, db, thread, nodes, policy, claims, then, corrected, breaks, begins):
    """Settle claims on one thread, and perhaps roll the last one back, or correct it and pay it again; or replay from the node `begins`.

    To roll back, a claim goes on from a copy of what was there before its last outside node, and its end is copied.

    Another customer has a thread in the same database, which is settled last, and replayed first. Then the thread is
    replayed twice, first from the letter on, with another greeting. After that a third customer's claim is settled by the same graph. The new
    code may have a mistake in a node, which breaks the other customer's replay, and another of the thread, which decides
    otherwise. Both are killed then, and the mistake is corrected.
    """
    import contextlib
    import json
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    def numbered(trail, names):
        return trail + [f"{number} {name}" for number, name in enumerate(names, len(trail))]

    class State(TypedDict, total=False):
        claim: str
        facts: dict
        cents: int
        receipt: str
        ticket: str
        letter: str
        sent: str
        copies: int
        trail: Annotated[list, numbered]

    class Output(TypedDict, total=False):
        letter: str
        sent: str

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path, **body):
        request = urllib.request.Request(url + path, json.dumps(body).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    def fetch(state):
        return {"facts": ask("/facts", claim=state["claim"])}

    def decide(state):
        facts = state["facts"]
        return {"cents": facts["price"] * policy["percent"] // 100 if facts["days"] <= policy["days"] else 0}

    def pay(state):
        return {"receipt": ask("/payments", claim=state["claim"], cents=state["cents"])["id"]}

    def escalate(state):
        return {"ticket": ask("/tickets", claim=state["claim"])["id"]}

    def letter(state):
        if broken:
            raise LookupError("no such letter")
        return {
            "letter": f"{policy['greets']} {state['cents']} cents, receipt {state['receipt']}, ticket {state['ticket']}"
        }

    def mail(state):
        return {"sent": ask("/mails", text=state["letter"])["id"]}

    def keep(state):
        ask("/archive", text=state["letter"])
        return {"copies": 0}

    def close(state):
        changed.append(graph.checkpointer is not saver or [*graph.nodes.values()] != compiled)
        return {"letter": f"{state['letter']}, sent as {state['sent']}"}

    def noting(role, node):
        return lambda state: {**node(state), "trail": [role]}

    builder = StateGraph(State, output_schema=Output if then == "roll back" else None)
    for node in (fetch, decide, pay, escalate, letter, mail, keep, close):
        builder.add_node(nodes[node.__name__], noting(node.__name__, node))
    builder.add_edge(START, nodes["fetch"])
    ways = {True: nodes["pay"], False: nodes["escalate"]}
    builder.add_conditional_edges(nodes["decide"], lambda state: state["cents"] > 0, ways)
    for start, end in (
        ("fetch", "decide"),
        ("pay", "letter"),
        ("escalate", "letter"),
        ("letter", "mail"),
        ("mail", "keep"),
        ("keep", "close"),
    ):
        builder.add_edge(nodes[start], nodes[end])
    touched, broken, scratch, changed = [], [], [], []

    class Saver(SqliteSaver):
        def put(self, config, *args):
            touched.append(config["configurable"]["thread_id"])
            return super().put(config, *args)

        def delete_thread(self, name):
            if not broken:  # else a kill came before that
                super().delete_thread(name)

    def replay(name, begins):
        saved = len(touched)
        try:
            return safe_replay(graph, name, begins, [nodes[role] for role in outside])
        finally:
            scratch.append({*touched[saved:]} - {thread, f"{thread}0"})

    def config_of(name):
        return {"configurable": {"thread_id": name}}

    empty = {"receipt": "", "ticket": "", "letter": "", "sent": "", "copies": 1}
    with Saver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), config_of(thread)
        compiled = [*graph.nodes.values()]
        if begins:
            outside = ("fetch", "pay", "escalate", "mail", "keep")
            broken[:] = [True] if breaks else []
            with contextlib.suppress(*([LookupError] if breaks else [])):
                replay(f"{thread}0", nodes[begins])
            broken.clear()
            real_code, policy["greets"] = policy["greets"], "First:"
            replay(thread, nodes["letter"])
            policy["greets"] = real_code
            if breaks:
                policy["percent"], broken[:] = policy["percent"] + 1, [True]
                with contextlib.suppress(LookupError):
                    replay(thread, nodes[begins])
                broken.clear()
                policy["percent"] -= 1
            state = replay(thread, nodes[begins])
            touches = touched.count(thread)
            ask("/replayed")
            seen = {"state": state if isinstance(state, dict) else None, "kind": type(state).__name__}
            seen["shared"] = sorted(
                name for call, names in enumerate(scratch) for name in names & set().union(*scratch[:call])
            )
            try:
                graph.invoke({"claim": "of a third", **empty}, config_of("third"))
            except Exception as error:
                seen["broke"] = type(error).__name__
            return {**seen, "touches": touches, "changed": any(changed)}
        for claim in claims:
            graph.invoke({"claim": claim, **empty}, config)
        graph.invoke({"claim": "of another", **empty}, config_of(f"{thread}0"))
        if then == "roll back":
            history = graph.get_state_history(config)
            kept = [one for one in history if one.next == (nodes["keep"],)][1]  # of the last run but one
            graph.invoke(None, graph.update_state(kept.config, None, as_node="__copy__"))
            graph.update_state(graph.get_state(config).config, None, as_node="__copy__")
        if then == "pay again":
            due = next(one for one in graph.get_state_history(config) if one.next == (nodes["decide"],))
            graph.invoke(None, graph.update_state(due.config, {"facts": corrected}))
            due = next(one for one in graph.get_state_history(config) if one.next == (nodes["pay"],))
            graph.invoke(None, due.config)
    return None


class Office:
    """The systems outside: each call has an effect, and each answer is another one."""

    def __init__(self, submission: Any, facts: Sequence[dict[str, int]]) -> None:
        self._rng, self._facts, self._given = submission.rng, list(facts), dict[str, str]()
        self.server = submission.serve(self._answer)

    def _answer(self, request: Any) -> Response:
        if request.path == "/facts":
            return Response(body=self._facts.pop(0) if self._facts else {"price": 1, "days": 1})
        self._given[request.path] = f"{request.path[1]}{self._rng.randrange(10**5)}"
        return Response(body={"id": self._given[request.path]})

    def calls(self) -> list[str]:
        """Return what was asked, in order."""
        return [request.path for request in self.server.requests]


def draw_claims(rng: random.Random, ways: Sequence[str]) -> dict[str, Any]:
    """Draw claims of which the old policy pays some and escalates the others, and names for the nodes."""
    roles = ("fetch", "decide", "pay", "escalate", "letter", "mail", "keep", "close")
    stems = rng.sample(WARES, len(roles))
    claims = [f"claim {rng.randrange(10**5)}" for _ in ways]
    facts = [
        {"price": 100 * rng.randrange(5, 99), "days": rng.randrange(1, 30) + (40 if way == "escalate" else 0)}
        for way in ways
    ]
    nodes = {role: f"{role}_{stem}" for role, stem in zip(roles, stems, strict=True)}
    policy = {"percent": 10, "days": 30, "greets": "Hello:"}
    return {"claims": claims, "facts": facts, "nodes": nodes, "policy": policy}


def draw_policy(rng: random.Random, days: int = 30) -> dict[str, Any]:
    """Draw a new policy, which pays claims of at most `days`."""
    return {"percent": rng.randrange(20, 90), "days": days, "greets": "Dear customer:"}


def settled(
    submission: Any,
    drawn: dict[str, Any],
    new: dict[str, Any],
    then: str | None = None,
    start: str = "decide",
    breaks: bool = False,
    corrected: dict[str, int] | None = None,
) -> Any:
    """Have the claims settled under the old policy, and the last run replayed under the new; return what was seen."""
    # A database for each draw: in one, a thread would have runs whose nodes had other names.
    office, thread = Office(submission, drawn["facts"]), "claims"
    name = f"{drawn['claims'][-1]} from {drawn['nodes'][start]}.db"
    given = {"url": office.server.url, "db": submission.path(name), "thread": thread, "nodes": drawn["nodes"]}
    given |= {"claims": drawn["claims"], "then": then, "corrected": corrected, "breaks": breaks}
    submission.observe(settle, **given, policy=drawn["policy"], begins=None)
    path, calls = submission.file(name), len(office.calls())
    before, rows = evidence.checkpoints(path, thread), evidence.raw_rows(path, thread)
    theirs = evidence.raw_rows(path, f"{thread}0")
    seen = submission.observe(settle, **given, policy=new, begins=start)
    path = submission.file(name)
    after, kept = evidence.checkpoints(path, thread), evidence.raw_rows(path, thread)
    real, keys = before[-1].values, ("receipt", "ticket", "sent")
    made = office.calls()[calls:]
    return {
        **seen,
        "start": start,
        "breaks": breaks,
        "calls": made[: made.index("/replayed")],
        "later": made[made.index("/replayed") + 1 :],
        "real": real,
        "others": {row.values.get(key) for row in before for key in keys} - {real.get(key) for key in keys},
        "now": after[-1].values if after else {},
        "lost": len(rows - kept) + len(theirs - evidence.raw_rows(path, f"{thread}0")),
        "added": len(kept - rows),
    }


def assert_replayed(
    seen: dict[str, Any], drawn: dict[str, Any], new: dict[str, Any], run: int, trail: bool = True
) -> None:
    """Expect nothing to have been asked outside, and the state that the new policy leads to, with its trail or without."""
    assert set(seen["calls"]) != {"/archive"}, (
        "of two outside nodes in a row, the second was executed: `interrupt_before` doesn't stop a run before "
        "the node that it begins with, so look at `next` before each `invoke(None, …)`"
    )
    assert not seen["calls"], (
        f"the other systems were asked again ({', '.join(seen['calls'])}): a replay executes the nodes again, from the "
        "checkpoint on, with everything that they do outside"
    )
    state, real, facts, start = seen["state"], seen["real"], drawn["facts"][run], seen["start"]
    assert isinstance(state, dict), (
        f"`safe_replay` returned a value of type {seen['kind']}: return the state that the replay ended in"
    )
    output = ", and not only what the graph's output schema names" * (set(state) == {"letter", "sent"})
    assert "claim" in state, (
        f"you returned a dict without `claim`, with {naming('the key', sorted(state)[:3]) if state else 'no key'}: return the whole state that the "
        f"replay ended in{output}"
    )
    assert state["claim"] != "of another", (
        "you returned the state of another customer, whose thread was replayed before: your rehearsal still "
        "held it, so take a saver or a thread that no other call has used"
    )
    assert not str(state.get("letter")).startswith("First:"), (
        "you returned what an earlier replay of this thread, with other code, had returned: your rehearsal still held it, so "
        "take a saver or a thread that no other call has used"
    )
    decided = facts["price"] * new["percent"] // 100 if facts["days"] <= new["days"] else 0
    cents = decided if start == "decide" else real["cents"]
    assert state["claim"] == drawn["claims"][run], (
        f"you replayed {state['claim']!r}, which had been rolled back: the history also lists branches "
        "that the thread has left, so go from the newest checkpoint to its parents"
    )
    failed = facts["price"] * (new["percent"] + 1) // 100  # a cent or more beside what's right
    assert state.get("cents") != failed or not seen["breaks"] or start != "decide", (
        "an earlier replay of this thread failed, and was killed before it could tidy up; you return what its code had decided. "
        "Your rehearsal still held that, so take a saver or a thread that no other call has used"
    )
    assert state.get("cents") == cents or start == "decide", (
        f"`cents` was {cents} when `start` was due, and you return {state.get('cents')}: what comes before `start` stays as it "
        "was, so start from the checkpoint before that node"
    )
    assert state.get("cents") == cents or state.get("cents") != real["cents"], (
        f"`cents` is {cents} by the new code, and {state.get('cents')}, as you return it, is what the old code decided: run "
        "`start` on the checkpoint before it"
    )
    assert state.get("facts") == facts, (
        f"`facts` is {state.get('facts')}, and the last time that `start` ran it was {facts}: somebody may correct the state and "
        "replay, so take the last checkpoint from which `start` ran"
    )
    assert state.get("cents") == cents, (
        f"`cents` is {state.get('cents')}, and the new code says {cents} for {facts}"
    )
    assert_result(seen, cents)
    if trail:
        assert_trail(seen, cents)


def assert_result(seen: dict[str, Any], cents: int) -> None:
    """Expect each node that stays inside to have run once, on what the others had returned."""
    state, real = seen["state"], seen["real"]
    done = state.get("letter") or ""
    assert ", sent as " in done, (
        f"the letter is {done!r}: the replay stopped before an outside node and never ran to its end; enter what "
        "that node had returned, and continue"
    )
    same = bool(real["cents"]) == bool(cents)
    key, other = ("receipt", "ticket") if cents else ("ticket", "receipt")
    want = {key: real[key] if same else "", other: "", "sent": real["sent"]}
    for name, value in want.items():
        assert state.get(name) == value or not value or state.get(name) not in seen["others"], (
            f"`{name}` is {state.get(name)!r}, and not {value!r}, which the node that sets it returned in the last run: "
            "another run has a record of the same name, or the node ran again, and what it returned last counts"
        )
        assert state.get(name) == value or not value, (
            f"`{name}` is {state.get(name)!r}, and {value!r} is what the node that sets it had returned in the real run: "
            "read it from the `tasks` of the checkpoint before that node"
        )
        assert state.get(name) == value, (
            f"`{name}` is {state.get(name)!r}, but no node set it in that run: take only what was recorded after `start`"
        )
    greets = "Hello:" if seen["start"] == "close" else "Dear customer:"
    text = (
        f"{greets} {cents} cents, receipt {want['receipt']}, ticket {want['ticket']}, sent as {want['sent']}"
    )
    assert done == text, (
        f"the letter is {done!r} and not {text!r}: each node that stays inside runs, with the new code"
    )
    assert state.get("copies") == 0, (
        f"`copies` is {state.get('copies')}, and the node that sets it had returned 0 in the real run: a 0 is a result"
    )


def assert_trail(seen: dict[str, Any], cents: int) -> None:
    """Expect an entry of each node that ran, in their order. One that didn't run has nothing to add."""
    state, real = seen["state"], seen["real"]
    same = bool(real["cents"]) == bool(cents)
    way = [] if not same else ["pay" if cents else "escalate"]
    ran = ["fetch", "decide", *way, "letter", "mail", "keep", "close"]
    trail, old = ([one.split(" ", 1)[1] for one in values.get("trail") or []] for values in (state, real))
    trail, past = trail[-7:], [*old[:-7], *ran][-7:]
    pairs = itertools.zip_longest(trail, past, fillvalue="no entry")
    got, due = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    assert trail == past, (
        f"at the end of `trail`, after the entries' numbers, there's {got!r} where {due!r} is expected: what was saved before `start` "
        "counts once, so don't write it through the reducers again, and each node after it counts once"
    )
    count = len(real["trail"]) - 7 + len(ran)
    assert len(state["trail"]) == count, (
        f"`trail` has {counted(len(state['trail']), 'entry', 'entries')} instead of {count}"
    )


def assert_thread_stays(seen: dict[str, Any]) -> None:
    """Expect the thread as it was, and a graph that works."""
    assert not seen["lost"], (
        f"the replay changed or deleted {counted(seen['lost'], 'saved row')}: replay on a copy of the checkpoint"
    )
    keys = ("claim", "facts", "cents", "receipt", "ticket", "letter", "sent", "trail")
    real, now = ({key: values.get(key) for key in keys} for values in (seen["real"], seen["now"]))
    assert now == real, (
        f"the thread's newest checkpoint has {now['cents']} cents now, and really it was {real['cents']}: a replay becomes the "
        "thread's newest branch, and the next message would be answered from there"
    )
    assert not seen["added"] and not seen["touches"], (
        f"{counted(seen['touches'], 'checkpoint was', 'checkpoints were')} saved in the thread, if only for a moment: a process killed midway leaves the replay "
        "as the thread's newest, so replay on a copy, in another saver or thread"
    )
    assert not seen["shared"], (
        f"two calls of `safe_replay` saved in the same thread, {seen['shared'][0]!r}: if they ran at once, they'd mix, so "
        "use a new thread id in each call, or a new saver"
    )
    raised = f"raised `{seen['broke']}`" if "broke" in seen else "sent no mail"
    assert "broke" not in seen and "/mails" in seen["later"] and "/archive" in seen["later"], (
        f"after your replay, `graph` ran another customer's claim, and {raised}: you changed `graph` itself, so change a copy of it"
    )


@pytest.mark.exercise("safe_replay", points=2, needs=("server",), rules=(1, 2, 3))
def test_replay_reaches_nobody(submission):
    """Nobody outside is asked again, and the new code is really run."""
    drawn, new = draw_claims(submission.rng, ["pay"]), draw_policy(submission.rng)
    assert_replayed(settled(submission, drawn, new), drawn, new, 0, trail=False)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(2, 3))
def test_replay_goes_another_way(submission):
    """A decision leads to a node that did not run then."""
    for way, days in (("pay", 0), ("escalate", 99)):
        drawn, new = draw_claims(submission.rng, [way]), draw_policy(submission.rng, days)
        assert_replayed(settled(submission, drawn, new), drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(5, 6))
def test_thread_is_left_alone(submission):
    """Nothing is saved in the thread, not even for a moment, and the graph stays as it is."""
    drawn, new = draw_claims(submission.rng, ["pay"]), draw_policy(submission.rng)
    seen = settled(submission, drawn, new)
    assert_thread_stays(seen)
    assert not seen["changed"], (
        "while the replay ran, `graph` itself had another saver or other nodes: who is served at that time is served by those, "
        "so change a copy of it"
    )
    assert_replayed(seen, drawn, new, 0, trail=False)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(2, 4))
def test_only_this_run_is_replayed(submission):
    """A thread of several runs: what is recorded of an earlier run is not this one's."""
    for ways, days in ((["escalate", "pay"], 0), (["pay", "escalate"], 99)):
        drawn, new = draw_claims(submission.rng, ways), draw_policy(submission.rng, days)
        assert_replayed(settled(submission, drawn, new), drawn, new, 1)
