"""Public tests of `ask_before_sending`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import random


def mail(build_mailer, text, answer, receipt, earlier=False, twice=False):
    """Start a mail and answer its question with a graph that's built again; return what was seen at each step.

    With `earlier`, the thread had the same mail before, which was sent. With `twice`, another thread then has the same mail.
    Without a receipt, `send` loses its connection.
    """
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    sent, raised = [], False

    def send(text):
        sent.append(text)
        if receipt is None:
            raise ConnectionError("no answer")
        return receipt

    saver, config = InMemorySaver(), {"configurable": {"thread_id": "mail"}}
    graph = build_mailer(saver, send)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    if earlier:
        graph.invoke({"text": text}, config)
        graph.invoke(Command(resume=True), config)
        sent.clear()
    state = graph.invoke({"text": text}, config)
    asked = [one.value for one in (state if isinstance(state, dict) else {}).get("__interrupt__", ())]
    seen = {"asked": asked, "next": list(graph.get_state(config).next), "sent first": list(sent)}
    if asked:
        graph, state = build_mailer(saver, send), None  # a week later, in another process
        try:
            state = graph.invoke(Command(resume=answer), config)
        except ConnectionError:
            raised = True
    if twice:
        other = {"configurable": {"thread_id": "other"}}
        graph.invoke({"text": text}, other)
        graph.invoke(Command(resume=answer), other)
    end = state if isinstance(state, dict) else {}
    return seen | {
        "sent": sent,
        "raised": raised,
        "again": len(end.get("__interrupt__", ())),
        "kept": end.get("sent", "missing"),
    }


def mailed(
    submission: Any,
    answer: bool,
    *,
    empty: bool = False,
    lost: bool = False,
    more_lines: int = 0,
    **how: bool,
) -> dict[str, Any]:
    """Let a mail be answered; expect it to have waited for that, and return what was seen."""
    rng: random.Random = submission.rng
    text = "" if empty else f"  Order {rng.randrange(10**6)} is here.\n" + "It's large.\n" * more_lines
    receipt = None if lost else "" if empty else f"m-{rng.randrange(10**6)}"
    seen = submission.observe(mail, text=text, answer=answer, receipt=receipt, **how)
    kind = seen.get("no graph")
    assert kind is None, f"`build_mailer` returned a value of type {kind}: return the compiled graph"
    assert seen["asked"] or not seen["next"], (
        f"the run stopped before `{''.join(seen['next'][:1])}` without an interrupt: a breakpoint asks no question and takes "
        "no answer, so call `interrupt` in the node"
    )
    assert seen["asked"] or not how.get("earlier"), (
        "a thread had the same mail again, and nobody was asked: each mail waits for an answer of its own"
    )
    assert seen["asked"] or text, (
        "an empty mail was not shown to anybody: pause with every text, even with ''"
    )
    assert seen["asked"], (
        "the run finished without asking anybody: call `interrupt` in the node, before `send`"
    )
    assert not seen["sent first"], (
        "the mail went out before anybody had answered: everything above `interrupt` has already happened when a "
        "person is asked, so call `send` below it"
    )
    assert seen["asked"] == [text] or not more_lines, (
        f"a mail has {len(text)} characters, and the value of its interrupt doesn't have all of them: show the whole text"
    )
    assert seen["asked"] == [text], (
        f"the run paused, but the value of its interrupt is {seen['asked'][0]!r} instead of the text, {text!r}"
    )
    assert not seen["again"], "the question was answered, and the run asked again: one interrupt is enough"
    return seen | {"text": text, "receipt": receipt}


@pytest.mark.exercise("ask_before_sending", points=1, rules=(1, 2))
def test_sent_after_a_yes(submission):
    """The run waits for an answer, and sends the mail after a yes."""
    for empty in (False, True):
        seen = mailed(submission, True, empty=empty)
        assert seen["sent"] == [seen["text"]], (
            f"the answer was yes, and `send` was called with {seen['sent'] or 'nothing'}: call it once, with the text as "
            f"it is, {seen['text']!r}"
        )
        assert seen["kept"] == seen["receipt"], (
            f"`send` returned {seen['receipt']!r}, but `sent` is {seen['kept']!r}: put what `send` returns into the state"
        )
