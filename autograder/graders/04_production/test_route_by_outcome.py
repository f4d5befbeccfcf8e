"""Public tests of `route_by_outcome`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable


def run_orders(build_orders, db, todo):
    """Run orders whose steps raise or ask as the order says; tell what was called, and what came of it.

    An item of `todo` names a thread, and an order to begin or an answer to resume with; without both it goes on.
    With `stop`, the run pauses before that node.
    """
    import builtins
    import threading

    from langgraph import errors
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command, interrupt

    class AddressError(ValueError):
        pass

    class Throttled(ConnectionError):
        pass

    class Stop(BaseException):
        pass

    class Several(ExceptionGroup):
        def __new__(cls, text):
            return super().__new__(cls, text, [TimeoutError("one of them")])

    own = {one.__name__: one for one in (AddressError, Throttled, Stop, Several)}
    called, handled = [], []

    def step(name):
        def run(order):
            called.append([name, order])
            plan = order.get(name, {})
            answer = interrupt(plan["ask"]) if "ask" in plan else None
            if "raise" in plan:
                wanted = plan["raise"]
                kind = own.get(wanted) or getattr(builtins, wanted, None) or getattr(errors, wanted)
                error = kind(*plan["args"])
                if plan["note"]:
                    error.add_note("a note is no part of what `str` gives")
                raise error from plan["from"] and getattr(builtins, plan["from"])("behind it")
            if name == "validate":  # a step that only looks may return anything, and nobody is to keep it
                falsy = (None, False, "", 0, ValueError("the last one was"))[order["id"] // 2 % 5]
                return threading.Lock() if order["id"] % 2 else falsy
            return "" if order.get("silent") else f"{name} {order['id']}: {answer}"

        return run

    def handler(name):
        def handle(order, error):
            handled.append([name, order, dict(error or {})])
            return "" if order.get("silent") else f"{name} took {order['id']}"

        return handle

    seen = []
    with SqliteSaver.from_conn_string(db) as saver:
        handlers = {name: handler(name) for name in ("reject", "park", "page")}
        graph = build_orders(saver, step("validate"), step("process"), handlers)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for item in todo:
            config = {"configurable": {"thread_id": item["thread"]}}
            given = {"order": item["order"]} if "order" in item else None
            if "answer" in item:
                given = Command(resume=item["answer"])
            called.clear()
            handled.clear()
            raised, state = None, {}
            try:
                state = graph.invoke(given, config, durability="sync", interrupt_before=item.get("stop"))
            except (Exception, Stop) as error:
                raised = f"{type(error).__name__}: {error}"
            seen.append(
                {
                    "raised": raised,
                    "asked": [one.value for one in state.get("__interrupt__", ())],
                    "state": {key: state.get(key) for key in ("order", "outcome", "error", "result")},
                    "called": list(called),
                    "handled": list(handled),
                }
            )
    return seen


STEP_ERRORS = {  # what a step raises, and where that leads: the plain cases first
    "reject": [("validate", "ValueError")],
    "park": [("process", "ConnectionError"), ("process", "TimeoutError")],
    "page": [("validate", "RuntimeError"), ("process", "ZeroDivisionError"), ("process", "AttributeError")],
}
OTHER_ERRORS = {
    "reject": [("validate", "UnicodeError"), ("validate", "AddressError")],
    "park": [
        ("process", "ConnectionResetError"),
        ("process", "BrokenPipeError"),
        ("process", "Throttled"),
    ],
    "page": [
        ("process", "ValueError"),
        ("process", "AddressError"),
        ("validate", "TimeoutError"),
        ("validate", "ConnectionError"),
        ("process", "FileNotFoundError"),
        ("process", "Several"),
        ("validate", "TypeError"),
        ("validate", "GraphRecursionError"),
        ("process", "InvalidUpdateError"),
    ],
}

WORDED_CASES = [  # errors whose message isn't just what they were raised with
    ("reject", "validate", "ValueError"),
    ("park", "process", "ConnectionError"),
    ("page", "process", "KeyError"),
    ("page", "validate", "TypeError"),
]

PLAIN_CASES = {
    case for table in (STEP_ERRORS, OTHER_ERRORS) for name in ("reject", "park") for case in table[name]
}


def draw_failing(
    rng: random.Random, step: str, kind: str, *, caused: bool = False, worded: bool = False
) -> dict[str, Any]:
    """Draw an order at which a step raises an error.

    It's a plain one, unless it's `caused` by another that would lead elsewhere, or `worded` so that its message isn't
    just its first argument: each belongs to one test, so that one slip doesn't fail them all.
    """
    number = rng.randrange(10**6)
    text = f"no {rng.randrange(10**6)} for {number}"
    args, message = (text,), f"{text} (1 sub-exception)" if kind == "Several" else text
    if worded:
        args, message = {
            "ConnectionError": ((111, text), f"[Errno 111] {text}"),
            "KeyError": ((text,), repr(text)),
            "RuntimeError": ((), ""),
            "TypeError": ((text, 1), repr((text, 1))),
            "ValueError": ((f"{text}\n  in line: 2\n",), f"{text}\n  in line: 2\n"),
        }[kind]
    elsewhere = {"validate": "ValueError", "process": "TimeoutError"}[step]
    behind = "LookupError" if (step, kind) in PLAIN_CASES or kind == "FileNotFoundError" else elsewhere
    plan = {"raise": kind, "from": behind if caused else None, "note": bool(worded and args)}
    return {"id": number, step: {**plan, "args": list(args), "message": message}}


def order_error(order: dict[str, Any]) -> dict[str, str] | None:
    """Return what the state must say about an order's failure."""
    for step in ("validate", "process"):
        if "raise" in (plan := order.get(step, {})):
            return {"step": step, "type": plan["raise"], "message": plan["message"]}
    return None


def run(submission: Any, todo: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Have orders run in the database of this test."""
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=list(todo))
    assert not isinstance(seen, dict), (
        f"`build_orders` returned a value of type {seen['no graph']}, not a graph: "
        "return what `builder.compile(checkpointer=saver)` gives"
    )
    return seen


def assert_told(told: dict[str, str], error: dict[str, str], what: str) -> None:
    """Expect a handler to have been told of the step's error."""
    assert told.get("step") == error["step"], (
        f"{what}, and `error` names the step {told.get('step')!r}: that's another order's error, so read it "
        "from the state"
    )
    assert told.get("type") == error["type"], (
        f"{what}, and `error` says the type {told.get('type')!r}, not {error['type']!r}: take the class's "
        "`__name__`"
    )
    assert told.get("message") == error["message"], (
        f"{what}, and `error` says the message {told.get('message')!r}, not {error['message']!r}: "
        "take the text that `str` makes of the exception, all of it"
    )
    assert told == error, (
        f"{what}, and `error` also has {sorted(set(told) - set(error))}: three keys are enough"
    )


def assert_routed(
    seen: dict[str, Any],
    order: dict[str, Any],
    handler: str | None,
    *,
    case: str = "",
    steps: int | None = None,
) -> None:
    """Expect an order to have reached its handler with its error, or to be done where there is none.

    `steps` is how many steps this run had to call, where it did not begin with the order.
    """
    error, state = order_error(order), seen["state"]
    what = f"{case}`{error['step']}` raised {error['type']}" if error else f"{case}both steps went well"
    unsaved = "serializable" in (seen["raised"] or "")
    advice = "save nothing but what the prompt names" if unsaved else "catch it in the node"
    assert not seen["raised"], f"{what}, and the run ended in `{seen['raised'][:80]}`: {advice}"
    changed = next(([step, got] for step, got in seen["called"] if got != order), None)
    assert not changed, (
        f"{case}`{changed[0]}` got an order with the keys {sorted(changed[1])}, and it had come with {sorted(order)}: give each step the "
        "order as it came, with nothing of an earlier one, so don't merge orders"
    )
    names = [name for name, *_ in seen["handled"]]
    if handler is None or error is None:
        assert not names, (
            f"{what}, but the handler `{names[0]}` was called: only an exception is a failure, whatever a step returns"
        )
    else:
        assert names, (
            f"{what}, and no handler was called: which edge leads to `{handler}`? After an `error_handler` that returns "
            "a dict, the edges of a failed node are not followed"
        )
        assert names != ["reject"] or error["step"] == "validate", (
            f"{what}, but `validate` raised nothing and `reject` was called: only an exception is a failure; "
            "its class decides, and which step had raised it"
        )
        assert names != ["park"] or error["type"] != "FileNotFoundError", (
            f"{what}, which is a case for `page`, but `park` was called: it's an `OSError`, as `ConnectionError` and `TimeoutError` "
            "are, but neither of them. Name those two"
        )
        assert names == [handler], (
            f"{what}, which is a case for `{handler}`, but {' and '.join(f'`{name}`' for name in names)} was called: "
            "an exception's class decides, its base classes, and which step had raised it, but never its cause"
        )
        _, shown, told = seen["handled"][0]
        assert_told(told, error, what)
        assert shown == order, (
            f"{what}, and the handler got an order with the keys {sorted(shown)}, not {sorted(order)}: give it the order "
            "as it came"
        )
    why = "" if error else ", the last order's: a channel keeps its value until a node writes it"
    if "GraphInterrupt" in str(state["error"]):
        why = ": the question was caught as an error, so let `GraphBubbleUp` through"
    assert state["error"] == error, f"{what}, but at the end `error` is {str(state['error'])[:80]}{why}"
    outcome = handler or "done"
    assert state["outcome"] == outcome, (
        f"{what}, but at the end `outcome` is {state['outcome']!r}, not {outcome!r}"
    )
    ran = [name for name, _ in seen["called"]]
    if steps is None:
        steps = 1 if error and error["step"] == "validate" else 2
    assert len(ran) == steps, f"{what}, and the steps that were called are {ran}: call each once, in turn"
    result = f"{handler} took {order['id']}" if handler else f"process {order['id']}: None"
    result = "" if order.get("silent") else result
    assert state["result"] == result, (
        f"{what}, but `result` is {state['result']!r}, not {result!r}, which "
        f"{'the handler' if handler else '`process`'} returned"
    )


def assert_all_routed(
    submission: Any, cases: dict[str, list[tuple[str, str]]], *, caused: bool = False
) -> None:
    """Run an order for each case, in any order, and some without a failure."""
    rng = submission.rng
    orders = [
        (name, draw_failing(rng, *one, caused=caused)) for name, found in cases.items() for one in found
    ]
    orders.append(("page", {**draw_failing(rng, "process", "LookupError"), "silent": True}))
    orders.append(("page", draw_failing(rng, "validate", "RuntimeError", worded=True)))  # without any text
    rng.shuffle(orders)
    even = 10 * rng.randrange(10**5)
    orders += [(None, {"id": even + number}) for number in (0, 1, 2, 4, 6, 8)]
    orders.append((None, {"id": even + 3, "silent": True}))
    todo = [{"thread": f"order-{number}", "order": order} for number, (_, order) in enumerate(orders)]
    for one, (handler, order) in zip(run(submission, todo), orders, strict=True):
        assert_routed(one, order, handler)


@pytest.mark.exercise("route_by_outcome", points=2, rules=(1, 2, 4))
def test_each_failure_reaches_its_handler(submission):
    """Failures of validation, of processing, and all others each reach their handler."""
    assert_all_routed(submission, STEP_ERRORS)


@pytest.mark.exercise("route_by_outcome", points=1, rules=(5,))
def test_question_is_no_failure(submission):
    """A step that asks a person pauses the run, and can be answered."""
    rng = submission.rng
    question, answer = f"Ship {rng.randrange(10**4)} pieces?", f"yes, {rng.randrange(10**4)}"
    bad = draw_failing(rng, "process", "TimeoutError")
    bad["process"]["ask"] = question
    orders = {step: {"id": rng.randrange(10**6), step: {"ask": question}} for step in ("validate", "process")}
    todo = [
        one
        for thread, order in (orders | {"bad": bad}).items()
        for one in ({"thread": thread, "order": order}, {"thread": thread, "answer": answer})
    ]
    seen = run(submission, todo)
    for one, step in zip(seen[::2], ("validate", "process", "process"), strict=True):
        names = [name for name, *_ in one["handled"]]
        assert not names, (
            f"`{step}` asked a person, and the handler `{names[0]}` was called: a broad `except` swallowed the interrupt, "
            "which is how a node pauses and no failure; let `GraphBubbleUp` through"
        )
        assert one["asked"] == [question] and not one["raised"], (
            f"`{step}` asked {question!r}, but the run didn't pause: it ended in "
            f"{one['raised'] or one['state']['outcome']!r}"
        )
    for one, (step, order) in zip(seen[1::2], orders.items(), strict=False):
        state = one["state"]
        assert not one["raised"] and state["outcome"] == "done" and state["error"] is None, (
            f"`{step}` had asked, and after the answer both steps went well, but the run ended in "
            f"{one['raised'] or state['outcome']!r}"
        )
        expected = f"process {order['id']}: {answer if step == 'process' else None}"
        assert state["result"] == expected, (
            f"after the answer {answer!r}, `result` is {state['result']!r}, not what `process` returned, {expected!r}"
        )
    assert_routed(seen[5], bad, "park", case="after the answer ", steps=1)


@pytest.mark.exercise("route_by_outcome", points=2, rules=(2, 3), restarts=True)
def test_handler_after_a_kill(submission):
    """Killed before the handler's node, a new process handles the saved error, and repeats no step."""
    rng, db = submission.rng, submission.path("orders.db")
    for handler, step, kind in WORDED_CASES:
        order, thread = draw_failing(rng, step, kind, worded=True), f"{handler} after {kind}"
        begun = {"thread": thread, "order": order}
        submission.observe(run_orders, db=db, todo=[begun], kill_before=handler)
        rows = evidence.checkpoints(submission.file("orders.db"), thread)
        saved = rows[-1].values.get("error")
        error = order_error(order)
        assert isinstance(saved, dict) and error, (
            f"before the node `{handler}`, the newest checkpoint has {str(saved)[:80]} as `error`: "
            "only the state is saved, so the step that failed must return what the handler needs"
        )
        assert_told(
            saved, error, f"before the node `{handler}`, `{error['step']}` had raised {error['type']}"
        )
        submission.restart()
        [seen] = run(submission, [{"thread": thread}])
        assert not seen["called"], (
            f"the new process called {seen['called'][0][0]} again, which had been saved as failed: make the handler "
            "a node of its own, after the step"
        )
        assert_routed(seen, order, handler, case="after the kill, ", steps=0)
