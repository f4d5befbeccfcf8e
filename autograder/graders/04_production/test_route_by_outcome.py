"""Public tests of `route_by_outcome`."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


def run_orders(build_orders, db, todo):
    """Run orders whose steps raise or ask as the order says; tell what was called, and what came of it.

    An item of `todo` is [thread, order], [thread, None] to go on, or [thread, None, answer] to resume.
    """
    import builtins

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command, interrupt

    called, handled = [], []

    def step(name):
        def run(order):
            called.append([name, order["id"]])
            plan = order.get(name, {})
            answer = interrupt(plan["ask"]) if "ask" in plan else None
            if "raise" in plan:
                raise getattr(builtins, plan["raise"])(*plan["args"])
            return f"{name} {order['id']}: {answer}"

        return run

    def handler(name):
        def handle(order, error):
            handled.append([name, order["id"], error])
            return f"{name} took {order['id']}"

        return handle

    seen = []
    with SqliteSaver.from_conn_string(db) as saver:
        handlers = {name: handler(name) for name in ("reject", "park", "page")}
        graph = build_orders(saver, step("validate"), step("process"), handlers)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for thread, order, *answer in todo:
            config = {"configurable": {"thread_id": thread}}
            given = Command(resume=answer[0]) if answer else order and {"order": order}
            called.clear()
            handled.clear()
            raised, state = None, {}
            try:
                state = graph.invoke(given, config, durability="sync")
            except Exception as error:
                raised = f"{type(error).__name__}: {error}"
            seen.append(
                {
                    "raised": raised,
                    "asked": [one.value for one in state.get("__interrupt__", ())],
                    "state": {key: state.get(key) for key in ("outcome", "error", "result")},
                    "called": list(called),
                    "handled": list(handled),
                }
            )
    return seen


STEP_ERRORS = {  # what a step raises, and where that leads: the plain cases first
    "reject": [("validate", "ValueError")],
    "park": [("process", "ConnectionError"), ("process", "TimeoutError")],
    "page": [("validate", "RuntimeError"), ("process", "ZeroDivisionError"), ("process", "KeyError")],
}
OTHER_ERRORS = {
    "reject": [("validate", "UnicodeError")],
    "park": [("process", "ConnectionResetError"), ("process", "BrokenPipeError")],
    "page": [
        ("process", "ValueError"),
        ("validate", "TimeoutError"),
        ("validate", "ConnectionError"),
        ("process", "FileNotFoundError"),
        ("validate", "TypeError"),
    ],
}


#: what some errors are made of: their text is neither the first of these nor the last
ERROR_ARGS: dict[str, Callable[[str], tuple[Any, ...]]] = {
    "ConnectionError": lambda text: (111, text),
    "FileNotFoundError": lambda text: (2, text, "order.json"),
    "KeyError": lambda text: (text,),
    "RuntimeError": lambda _: (),
    "TypeError": lambda text: (text, 1),
}


def draw_failing(rng: random.Random, step: str, kind: str) -> dict[str, Any]:
    """Draw an order at which a step raises."""
    number = rng.randrange(10**6)
    text = f"no {rng.randrange(10**6)} for {number}"
    args = ERROR_ARGS.get(kind, lambda text: (text,))(text)
    message = str(getattr(builtins, kind)(*args))
    return {"id": number, step: {"raise": kind, "args": args, "message": message}}


def order_error(order: dict[str, Any]) -> dict[str, str] | None:
    """Return what the state must say about an order's failure."""
    for step in ("validate", "process"):
        if "raise" in (plan := order.get(step, {})):
            return {"step": step, "type": plan["raise"], "message": plan["message"]}
    return None


def assert_builds_orders(seen: Any) -> None:
    """Expect `build_orders` to have returned a graph."""
    assert not isinstance(seen, dict), (
        f"`build_orders` returned a value of type {seen['no graph']}, not a graph: "
        "return what `builder.compile(checkpointer=saver)` gives"
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
    assert not seen["raised"], f"{what}, and the run ended in `{seen['raised'][:120]}`: catch it in the node"
    names = [name for name, *_ in seen["handled"]]
    if handler is None:
        assert not names, f"{what}, but the handler `{names[0]}` was called"
    else:
        assert error, f"{case}an order that raises nothing has no handler"
        assert names, (
            f"{what}, and no handler was called: which edge leads to `{handler}`? After an `error_handler` that returns "
            "a dict, the edges of a failed node are not followed"
        )
        assert names == [handler], (
            f"{what}, which is a case for `{handler}`, but {' and '.join(f'`{name}`' for name in names)} was called: "
            "what an exception means depends on its class and on which step had raised it"
        )
        told = seen["handled"][0][2]
        assert {**told, "message": ""} != {**error, "message": ""} or told == error, (
            f"{what}, and the handler was told the message {told.get('message')!r} instead of {error['message']!r}: what an "
            "exception was made of may be a number, or nothing, so take the text that `str` makes of it"
        )
        assert told == error, f"{what}, but the handler was told {told} instead of {error}"
    assert state["error"] == error, (
        f"{what}, but at the end `error` in the state is {state['error']} instead of {error}"
        + (
            ""
            if error
            else ": a channel keeps what it holds until a node writes it, so that is of the order before"
        )
    )
    outcome = handler or "done"
    assert state["outcome"] == outcome, (
        f"{what}, but at the end `outcome` in the state is {state['outcome']!r} instead of {outcome!r}"
    )
    ran = [name for name, _ in seen["called"]]
    if steps is None:
        steps = 1 if error and error["step"] == "validate" else 2
    assert len(ran) == steps, (
        f"{what}, and the steps that were called are {ran}: each is to be called once, in turn"
    )
    result = f"{handler} took {order['id']}" if handler else f"process {order['id']}: None"
    assert state["result"] == result, (
        f"{what}, but `result` in the state is {state['result']!r}, not the text {result!r} that "
        f"{'the handler' if handler else '`process`'} returned"
    )


def assert_all_routed(submission: Any, cases: dict[str, list[tuple[str, str]]]) -> None:
    """Run an order for each case, in any order, and one without a failure."""
    rng = submission.rng
    orders = [(name, draw_failing(rng, *one)) for name, found in cases.items() for one in found]
    rng.shuffle(orders)
    orders.append((None, {"id": rng.randrange(10**6)}))
    todo = [[f"order-{number}", order] for number, (_, order) in enumerate(orders)]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for one, (handler, order) in zip(seen, orders, strict=True):
        assert_routed(one, order, handler)


@pytest.mark.exercise("route_by_outcome", points=2)
def test_each_failure_reaches_its_handler(submission):
    """Failures of validation, of processing, and all others each reach their handler."""
    assert_all_routed(submission, STEP_ERRORS)


@pytest.mark.exercise("route_by_outcome", points=1)
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
        for one in ([thread, order], [thread, None, answer])
    ]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for one, step in zip(seen[::2], ("validate", "process", "process"), strict=True):
        names = [name for name, *_ in one["handled"]]
        assert not names, (
            f"`{step}` asked a person, and the handler `{names[0]}` was called: a broad `except` swallowed the interrupt, "
            "which is how a node pauses and no failure; let `GraphBubbleUp` through"
        )
        assert one["asked"] == [question] and not one["raised"], (
            f"`{step}` asked {question!r}, but the run did not pause with this question: it ended in "
            f"{one['raised'] or one['state']}"
        )
    for one, (step, order) in zip(seen[1::2], orders.items(), strict=False):
        state = one["state"]
        assert not one["raised"] and state["outcome"] == "done" and state["error"] is None, (
            f"`{step}` had asked, and after the answer both steps went well, but the run ended in {one['raised'] or state}"
        )
        expected = f"process {order['id']}: {answer if step == 'process' else None}"
        assert state["result"] == expected, (
            f"after the answer {answer!r}, `result` is {state['result']!r}, not what `process` returned, {expected!r}"
        )
    assert_routed(seen[5], bad, "park", case="after the answer ", steps=1)


@pytest.mark.exercise("route_by_outcome", points=2, restarts=True)
def test_handler_after_a_kill(submission):
    """Killed before the handler's node, a new process handles the saved error, and repeats no step."""
    rng, db = submission.rng, submission.path("orders.db")
    handler = rng.choice(list(STEP_ERRORS))
    order = draw_failing(rng, *rng.choice(STEP_ERRORS[handler]))
    submission.observe(run_orders, db=db, todo=[["order", order]], kill_before=handler)
    rows = evidence.checkpoints(submission.file("orders.db"), "order")
    saved = rows[-1].values.get("error")
    assert saved == order_error(order), (
        f"before the node `{handler}`, the newest checkpoint holds {saved} as `error`, instead of {order_error(order)}: "
        "only the state is saved, so the step that failed must return what the handler needs"
    )
    submission.restart()
    [seen] = submission.observe(run_orders, db=db, todo=[["order", None]])
    assert not seen["called"], (
        f"the new process called {seen['called'][0][0]} again, which had been saved as failed: the handler is to be "
        "a node of its own, after the step"
    )
    assert_routed(seen, order, handler, case="after the kill, ", steps=0)
