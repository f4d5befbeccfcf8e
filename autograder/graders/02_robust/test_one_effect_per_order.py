"""Public tests of `one_effect_per_order`."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Request, Response
from autograder.sandbox.outcomes import LearnerError

if TYPE_CHECKING:
    import random

    from autograder.sandbox.http_server import Request


PATHS = ("charges", "shipments")


def fulfil(build_fulfilment, db, url, thread, order, cents, durability="sync", replay=None, again=False):
    """Send an order through the graph, resume it, or run its thread again from the checkpoint before a node.

    With `again`, a run that fails is resumed at once, with the same graph.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver

    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_fulfilment(saver, url)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        if replay:
            history = list(graph.get_state_history(config))
            old = [snapshot for snapshot in history if replay in snapshot.next]
            if not old:
                return {"no node": replay}
            return graph.invoke(None, old[0].config)
        given = None if graph.get_state(config).tasks else {"order": order, "cents": cents}
        try:
            return graph.invoke(given, config, durability=durability)
        except Exception:
            if not again:
                raise
            return graph.invoke(None, config, durability=durability)


def fulfil_each(build_fulfilment, db, url, orders):
    """Send orders, each a thread, an id, and cents, through one graph; return how each run ended, and what it raised."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    ends = []
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_fulfilment(saver, url)
        for thread, order, cents in orders:
            state = raised = None
            try:
                state = graph.invoke(
                    {"order": order, "cents": cents},
                    {"configurable": {"thread_id": thread}},
                    durability="sync",
                )
            except Exception as error:
                raised = f"{type(error).__name__}: {error}"[:200]
            ends.append({"state": state, "raised": raised})
    return ends


class Provider:
    """Charges and ships, and notes it. Fails at a path in a way of our choice: once, or `busy` times more."""

    def __init__(self, submission, fails: dict[str, str] | None = None, *, busy: int = 0) -> None:
        self.submission, self.fails, self.busy = submission, dict(fails or {}), busy
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []  # path, body, key; whatever came of it
        self.effects: list[tuple[str, str, int | None, dict[str, str]]] = []  # path, order, cents, answer
        self.refused: list[tuple[str, str, str]] = []  # key, path, order
        self._known: dict[str, tuple[str, Any, dict[str, str]]] = {}
        self._lock = threading.Lock()
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Carry out what is asked, unless its key is known."""
        path, body, key = request.path.strip("/"), body_of(request), key_of(request)
        if request.method != "POST" or path not in PATHS or not isinstance(body, dict) or "order" not in body:
            return Response(status=400, body={"error": "POST an order, as JSON, to /charges or /shipments"})
        with self._lock:
            self.asked.append((path, body, key))
            fails = self.fails.get(path) if self.busy else self.fails.pop(path, None)
            self.busy -= bool(self.busy and fails)
            if fails == "busy, then cut":
                self.fails[path] = "cut after"
            if fails in ("busy", "busy, then cut"):
                return Response(status=503, body={"error": "busy"})
            if fails == "killed before":
                self.submission.kill()
                return Response(reset=True)
            answer = self._note(path, body, key)
            if fails == "killed after":
                self.submission.kill()
            if fails in ("killed after", "cut after"):
                return Response(reset=True)
            return Response(body=answer) if answer else Response(status=409, body={"error": "key in use"})

    def _note(self, path: str, body: dict[str, Any], key: str | None) -> dict[str, str] | None:
        if key in self._known:
            of, known, answer = self._known[key]
            if (of, known) == (path, body):
                return answer
            other_amount = of == path and {**known, "cents": 0} == {**body, "cents": 0}
            if not other_amount:  # which is the same effect: no key is used for two
                self.refused.append((key, path, body["order"]))
            return None
        answer = {("receipt" if path == "charges" else "parcel"): f"{path[0]}{self.submission.rng.random()}"}
        self.effects.append((path, body["order"], body.get("cents"), answer))
        if key:
            self._known[key] = path, body, answer
        return answer

    def keys(self, path: str, order: str) -> list[str | None]:
        """Return the keys of all requests for an effect."""
        return [key for of, body, key in self.asked if (of, body["order"]) == (path, order)]


def body_of(request: Request) -> Any:
    """Return the JSON of a request; nothing if it has none."""
    try:
        return request.json
    except ValueError:
        return None


def key_of(request: Request) -> str | None:
    """Return the idempotency key of a request."""
    return {name.lower(): value for name, value in request.headers.items()}.get("idempotency-key") or None


def draw_purchase(rng: random.Random) -> dict[str, Any]:
    """Draw an order, and the thread that it is placed in."""
    return {
        "thread": f"customer-{rng.randrange(10**6)}",
        "order": f"o-{rng.randrange(10**6)}",
        "cents": rng.randrange(100, 10**5),
    }


def draw_similar(rng: random.Random) -> list[dict[str, Any]]:
    """Draw orders that are easily taken for each other: run together, cut off, or in another case."""
    one = draw_purchase(rng)
    name, cents, digit, long = one["order"], one["cents"], rng.randrange(1, 10), "-gift" * 12
    pairs = [
        (name, int(f"{digit}{cents}")),
        (f"{name}{digit}", cents),  # followed by its cents, the same text as the one before
        (name.upper(), cents * 10 + digit),
        (f"{digit}{name.upper()}", cents),  # the same text after its cents
        (f"{name[:-1]}-{name[-1]}", cents),  # the same letters and digits
        (name.replace("-", "-0"), cents),  # the same number
        (f"{name}{long}-1", cents),
        (f"{name}{long}-2", cents),
    ]
    return [one | {"order": order, "cents": amount} for order, amount in pairs]


def ids_with_key_of(provider: Provider, order: str) -> list[str]:
    """Return the ids whose effects would get the key of another effect of this order, by how its keys are made."""
    charge, ship = (str(provider.keys(path, order)[0]) for path in PATHS)
    found: list[str] = []
    for own, other in ((charge, ship), (ship, charge)):
        before, named, after = own.partition(order)
        id = other.removeprefix(before).removesuffix(after)
        if named and id != order and before + id + after == other and re.fullmatch(r"[A-Za-z0-9-]+", id):
            found.append(id)
    return found


def ordered(
    submission, provider: Provider, order: dict[str, Any], *, fails: bool = False, **more: Any
) -> Any:
    """Send an order through the learner's graph; where `fails`, its process or its run may end before."""
    try:
        seen = submission.observe(
            fulfil,
            db=submission.path("orders.db"),
            url=provider.server.url,
            dies=fails,
            **{**order, **more},
        )
    except LearnerError:
        assert_keys_differ(provider)
        if fails:
            return None
        raise
    if isinstance(seen, dict):
        kind, node = seen.get("no graph"), seen.get("no node")
        assert kind is None, (
            f"`build_fulfilment` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        assert node is None, (
            f"the thread has no checkpoint before a node {node!r}: use the node names from the prompt"
        )
    return seen


def assert_keys_differ(provider: Provider) -> None:
    """Expect that no key was used for two different requests."""
    for key, path, order in provider.refused:
        raise AssertionError(
            f"the key {key!r} came again, with /{path} for {order}, and got a 409: make a key from what you do and the "
            "whole order id as it is, with a separator that no id has between them"
        )


def assert_one_effect(provider: Provider, order: dict[str, Any], case: str) -> None:
    """Expect the ledger to hold one charge and one shipment of an order."""
    assert_keys_differ(provider)
    bodies = [sorted(body) for path, body, _ in provider.asked if path == "shipments"]
    assert all(body == ["order"] for body in bodies), (
        f"{case}, a POST to /shipments had the fields {next(body for body in bodies if body != ['order'])}: it takes `order`, and "
        "with another field it's another request"
    )
    for path in PATHS:
        found = [effect for effect in provider.effects if effect[:2] == (path, order["order"])]
        keys = provider.keys(path, order["order"])
        what = f"{case}, the ledger has {len(found)} {path} of order {order['order']}"
        assert keys, (
            f"{what}, and it was never asked for one: POST it as JSON to /{path} in the node that does it"
        )
        assert found, (
            f"{what}, and no request came later: "
            "do you record it as done before it's done, or take an error for an answer?"
        )
        assert len(found) == 1 or all(keys), (
            f"{what}: you sent no `Idempotency-Key`. A checkpoint is saved after the call, "
            "so it can't tell whether the call had its effect"
        )
        other = next((key for key in keys if key != keys[0]), keys[0])
        assert len(found) == 1, (
            f"{what}: you sent different keys, {keys[0]!r} and {other!r}. Make the key from "
            "order and effect alone; `hash()` differs from process to process"
        )
        cents = order["cents"] if path == "charges" else found[0][2]
        assert found[0][2] == cents, f"{case}, {found[0][2]} cents were charged and not {cents}"


def assert_answers_kept(provider: Provider, order: dict[str, Any], state: Any, case: str) -> None:
    """Expect the state to hold what the provider answered."""
    for _, of, _, answer in provider.effects:
        ((name, value),) = answer.items()
        if of == order["order"]:
            assert isinstance(state, dict) and state.get(name) == value, (
                f"{case}, the provider gave {name} {value!r}, but the state is {state}: save what it answers"
            )


@pytest.mark.exercise("one_effect_per_order", points=1, rules=(2, 5), needs=("server",))
def test_each_order_has_its_effects(submission):
    """Each order is charged and shipped once, two orders of one customer as well."""
    provider, first = Provider(submission), draw_purchase(submission.rng)
    second = {**draw_purchase(submission.rng), "thread": first["thread"], "cents": first["cents"]}
    orders = [first, second, *draw_similar(submission.rng)]
    for number, order in enumerate(orders, 1):
        state = ordered(submission, provider, order)
        case = f"after order {number} of {len(orders)}"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)
        if order is first:
            orders += [first | {"order": id} for id in ids_with_key_of(provider, first["order"])]


@pytest.mark.exercise("one_effect_per_order", points=2, rules=(1, 2), needs=("server",), restarts=True)
def test_killed_after_the_charge(submission):
    """Killed when the provider had charged, and before the answer arrived."""
    provider, order = Provider(submission, {"charges": "killed after"}), draw_purchase(submission.rng)
    assert ordered(submission, provider, order, fails=True) is None and provider.effects, (
        "the run ended without a charge: POST to /charges in the node `charge`"
    )
    state = ordered(submission, provider, order)
    case = "after a kill between charge and answer, and the resume"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, rules=(4,), needs=("server",))
def test_replayed(submission):
    """A finished order is replayed from an old checkpoint, for debugging."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    node = submission.rng.choice(["charge", "__start__"])
    state = ordered(submission, provider, order, replay=node)
    case = f"after a replay from the checkpoint before {node!r}"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, rules=(4,), needs=("server",))
def test_sent_twice(submission):
    """The same order comes again, in the same thread and in another, and then with another amount."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    for thread in (order["thread"], f"{order['thread']}-again"):
        state = ordered(submission, provider, order, thread=thread)
        case = f"when the order came again in thread {thread!r}"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)
    assert_amount_is_kept(submission, provider, order)
    # The same through one graph, which may have kept something of the first run.
    provider, order = Provider(submission), draw_purchase(submission.rng)
    threads = [order["thread"], order["thread"], f"{order['thread']}-again"]
    sent = [(thread, order["order"], order["cents"]) for thread in threads]
    other = order["cents"] - submission.rng.randrange(1, 100)
    sent += [(f"{order['thread']}-cheaper", order["order"], other), (order["thread"], order["order"], other)]
    ends = submission.observe(
        fulfil_each, db=submission.path("orders.db"), url=provider.server.url, orders=sent
    )
    for number, (thread, _, cents) in enumerate(sent):
        end, case = (
            ends[number],
            f"an order was sent {often(number + 1)} through one graph, now in thread {thread!r}",
        )
        assert_keys_differ(provider)
        if cents == other:
            assert_other_amount_raised(provider, order, end["state"], case)
        else:
            assert end["raised"] is None, (
                f"{case}, and the run raised `{end['raised']}`: an order that's sent again gets its first answers"
            )
            assert_one_effect(provider, order, case)
            assert_answers_kept(provider, order, end["state"], case)


def assert_amount_is_kept(submission: Any, provider: Provider, order: dict[str, Any]) -> None:
    """Expect a run to raise if an order that was charged comes again with another amount, in any thread."""
    dearer = {**order, "cents": order["cents"] + submission.rng.randrange(1, 100)}
    for thread in (f"{order['thread']}-dearer", order["thread"]):
        state = ordered(submission, provider, dearer, thread=thread, fails=True)
        assert_other_amount_raised(provider, order, state, f"an order came again in thread {thread!r}")


def assert_other_amount_raised(provider: Provider, order: dict[str, Any], state: Any, case: str) -> None:
    """Expect a run to have charged nothing, and to have raised."""
    charged = sum(effect[:2] == ("charges", order["order"]) for effect in provider.effects)
    assert charged == 1, (
        f"{case} with another amount, and was charged again: make its key from what names the order, whatever the amount, so that "
        "the provider refuses it"
    )
    assert state is None, (
        f"{case} with another amount, and the run ended as if that had been charged: ask the provider each time, and raise when it "
        "answers 409"
    )
