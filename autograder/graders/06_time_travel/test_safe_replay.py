"""Public tests of `safe_replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

from common import WARES

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def settle(safe_replay, url, db, nodes, policy, claims, roll_back, replay):
    """Settle claims on one thread, and perhaps roll the last one back; or replay with another policy.

    Another customer has a thread in the same database, which is settled last, and replayed first.
    """
    import json
    import operator
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict, total=False):
        claim: str
        facts: dict
        cents: int
        receipt: str
        ticket: str
        letter: str
        sent: str
        trail: Annotated[list, operator.add]

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
        return {"letter": f"{state['cents']} cents, receipt {state['receipt']}, ticket {state['ticket']}"}

    def mail(state):
        return {"sent": ask("/mails", text=state["letter"])["id"]}

    def keep(state):
        ask("/archive", text=state["letter"])
        return {}

    def close(state):
        return {"letter": f"{state['letter']}, sent as {state['sent']}"}

    def noting(role, node):
        return lambda state: {**node(state), "trail": [role]}

    builder = StateGraph(State)
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
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), {"configurable": {"thread_id": "claims"}}
        if replay:
            outside = [nodes[role] for role in ("fetch", "pay", "escalate", "mail", "keep")]
            safe_replay(graph, "neighbour", nodes["decide"], outside)
            state = safe_replay(graph, "claims", nodes["decide"], outside)
            return {"state": state if isinstance(state, dict) else None, "kind": type(state).__name__}
        ends, empty = [], {"receipt": "", "ticket": "", "letter": "", "sent": ""}
        for claim in claims:
            graph.invoke({"claim": claim, **empty}, config)
            ends.append(graph.get_state(config).config)
        graph.invoke({"claim": "of another", **empty}, {"configurable": {"thread_id": "neighbour"}})
        if roll_back:
            graph.update_state(ends[-2], None, as_node="__copy__")
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
    return {"claims": claims, "facts": facts, "nodes": nodes, "policy": {"percent": 10, "days": 30}}


def settled(submission: Any, drawn: dict[str, Any], new: dict[str, int], roll_back: bool = False) -> Any:
    """Have the claims settled under the old policy, and the last run replayed under the new; return what was seen."""
    office = Office(submission, drawn["facts"])
    given = {"url": office.server.url, "db": submission.path("claims.db"), "nodes": drawn["nodes"]}
    given |= {"claims": drawn["claims"], "roll_back": roll_back}
    submission.observe(settle, **given, policy=drawn["policy"], replay=False)
    path, calls = submission.file("claims.db"), office.calls()
    before, rows = evidence.checkpoints(path, "claims"), evidence.raw_rows(path, "claims")
    seen = submission.observe(settle, **given, policy=new, replay=True)
    path = submission.file("claims.db")
    after, kept = evidence.checkpoints(path, "claims"), evidence.raw_rows(path, "claims")
    real, keys = before[-1].values, ("receipt", "ticket", "sent")
    return {
        "state": seen["state"],
        "kind": seen["kind"],
        "calls": office.calls()[len(calls) :],
        "real": real,
        "others": {row.values.get(key) for row in before for key in keys} - {real.get(key) for key in keys},
        "now": after[-1].values,
        "lost": len(rows - kept),
    }


def assert_replayed(seen: dict[str, Any], drawn: dict[str, Any], new: dict[str, int], run: int) -> None:
    """Expect nothing to have been asked outside, and the state that the new policy leads to."""
    assert set(seen["calls"]) != {"/archive"}, (
        "of two nodes in a row that reach out, the second was executed (/archive): `interrupt_before` does not stop a run before "
        "the node that it begins with, so `invoke(None, …)` goes past the node that waits; look at `next` first"
    )
    assert not seen["calls"], (
        f"the other systems were asked again ({', '.join(seen['calls'])}): a replay executes the nodes again, from the "
        "checkpoint on, with all that they do outside"
    )
    state, real, facts = seen["state"], seen["real"], drawn["facts"][run]
    assert isinstance(state, dict) and "claim" in state, (
        f"`safe_replay` returned a value of type {seen['kind']}{' without `claim`' * isinstance(state, dict)}: return the state "
        "that the replay ended in"
    )
    assert state["claim"] != "of another", (
        "the thread of another customer was replayed before this one, and you returned that customer's state: what you rehearse in "
        "still held it, so take a saver or a thread that no other call has used"
    )
    cents = facts["price"] * new["percent"] // 100 if facts["days"] <= new["days"] else 0
    assert state["claim"] == drawn["claims"][run], (
        f"you replayed {state['claim']!r}, which had been rolled back: the list of a thread's checkpoints holds the branches "
        "that it has left, so go from the newest checkpoint to its parents"
    )
    assert state.get("cents") == cents or state.get("cents") != real["cents"], (
        f"`cents` is {state.get('cents')}, which is what the old code decided, and the new one says {cents}: the state that "
        "is saved does not change with the code, so `start` has to run on the checkpoint before it"
    )
    assert state.get("cents") == cents, (
        f"`cents` is {state.get('cents')}, and the new code says {cents} for {facts}"
    )
    done = state.get("letter") or ""
    assert ", sent as " in done, (
        f"the letter is {done!r}: the replay stopped before a node that reaches out and never ran to its end; enter what "
        "that node had returned, and go on"
    )
    same = bool(real["cents"]) == bool(cents)
    key, other = ("receipt", "ticket") if cents else ("ticket", "receipt")
    want = {key: real[key] if same else "", other: "", "sent": real["sent"]}
    for name, value in want.items():
        assert state.get(name) == value or not value or state.get(name) not in seen["others"], (
            f"`{name}` is {state.get(name)!r}, and not {value!r}: the node that sets it was passed something else than what it "
            "returned in the last run; another run has a record of the same name"
        )
        assert state.get(name) == value or not value, (
            f"`{name}` is {state.get(name)!r}: the node that sets it was passed without what it had returned in the real run, "
            f"{value!r}, which stands in the `tasks` of the checkpoint before it"
        )
        assert state.get(name) == value, (
            f"`{name}` is {state.get(name)!r}, but no node set it in that run: take only what was recorded after `start`"
        )
    text = f"{cents} cents, receipt {want['receipt']}, ticket {want['ticket']}, sent as {want['sent']}"
    assert done == text, f"the letter is {done!r} and not {text!r}: each node that stays inside is to run"
    way = (
        [] if not same else ["pay" if cents else "escalate"]
    )  # one that did not run has nothing to add to the trail
    due = ["fetch", "decide", *way, "letter", "mail", "keep", "close"]
    trail, past = state.get("trail") or [], real["trail"][:-7]
    assert trail == [*past, *due], (
        f"`trail` is {', '.join(trail)}, and not {', '.join([*past, *due])}: what was saved before `start` counts once, and "
        "each node after it once"
    )


def assert_thread_stays(seen: dict[str, Any]) -> None:
    """Expect the thread as it was."""
    assert not seen["lost"], f"{seen['lost']} rows of the thread were changed or deleted by the replay"
    keys = ("claim", "facts", "cents", "receipt", "ticket", "letter", "sent", "trail")
    real, now = ({key: values.get(key) for key in keys} for values in (seen["real"], seen["now"]))
    assert now == real, (
        f"the thread's newest checkpoint has {now['cents']} cents now, and really it was {real['cents']}: a replay becomes the "
        "thread's newest branch, and the next message would be answered from there"
    )
    waits = [channel for channel in seen["now"] if channel.startswith("branch:to:")]
    assert not waits, "the thread waits for a node now, and its runs were over: leave it as it was"


@pytest.mark.exercise("safe_replay", points=2, needs=("server",))
def test_replay_reaches_nobody(submission):
    """Nobody outside is asked again, and the new code is really run."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    assert_replayed(settled(submission, drawn, new), drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_replay_goes_another_way(submission):
    """A decision leads to a node that did not run then."""
    rng = submission.rng
    drawn, new = (
        draw_claims(rng, [rng.choice(["pay", "escalate"])]),
        {"percent": rng.randrange(20, 90), "days": 0},
    )
    if drawn["facts"][0]["days"] > 30:
        new["days"] = 99
    assert_replayed(settled(submission, drawn, new), drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_thread_is_left_alone(submission):
    """The thread keeps what was saved, and goes on from its real state."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    seen = settled(submission, drawn, new)
    assert_thread_stays(seen)
    assert_replayed(seen, drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_only_this_run_is_replayed(submission):
    """A thread of several runs: what is recorded of an earlier run is not this one's."""
    rng = submission.rng
    ways = rng.sample(["pay", "escalate"], 2)
    drawn = draw_claims(rng, ways)
    new = {"percent": rng.randrange(20, 90), "days": 0 if ways[1] == "pay" else 99}
    seen = settled(submission, drawn, new)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)
