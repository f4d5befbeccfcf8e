"""Public tests of `ask_before_sending`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import random


APART = "keep nothing about a mail outside its thread, not even from one node to the next"


def mail(build_mailer, text, answer, receipt, earlier=False):
    """Start a mail and answer its question with a graph that's built again; return what was seen at each step.

    With `earlier`, the thread had the same mail before, which was sent, with another receipt. Without a receipt, `send`
    loses its connection.
    """
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    sent, raised, lost = [], False, ""

    def send(text):
        sent.append(text)
        if receipt is None:
            raise ConnectionError("no answer")
        return receipts[-1]

    receipts = ["m-earlier" if earlier else receipt]
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "mail"}}
    graph = build_mailer(saver, send)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    if earlier:
        graph.invoke({"text": text}, config)
        graph.invoke(Command(resume=True), config)
        sent.clear()
        receipts.append(receipt)
    state = graph.invoke({"text": text}, config)
    asked = [one.value for one in (state if isinstance(state, dict) else {}).get("__interrupt__", ())]
    seen = {"asked": asked, "next": list(graph.get_state(config).next), "sent first": list(sent)}
    if asked:
        graph, state = build_mailer(saver, send), None  # a week later, in another process
        try:
            state = graph.invoke(Command(resume=answer), config)
        except ConnectionError:
            raised = True
        except LookupError as error:
            lost = f"{type(error).__name__}: {error}"
    end = state if isinstance(state, dict) else {}
    return seen | {
        "sent": sent,
        "raised": raised,
        "lost": lost,
        "again": len(end.get("__interrupt__", ())),
        "kept": end.get("sent", "missing"),
    }


def answer_side_by_side(build_mailer, mails, turns):
    """Start these mails, each in its thread for its saver, and answer them when all of them wait.

    Answer those with the numbers in `turns`, one after the other; without any, answer all at once, step by step. Return
    for each mail what was asked, what was sent in its turn, and what its thread kept.
    """
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    sent, ended = [], object()

    def send(text):
        sent.append(text)
        return f"receipt of {text}"

    graphs = {name: build_mailer(InMemorySaver(), send) for name in {mail["saver"] for mail in mails}}
    threads = [(graphs[mail["saver"]], {"configurable": {"thread_id": mail["thread"]}}) for mail in mails]
    answers = [Command(resume=mail["answer"]) for mail in mails]
    for (graph, config), mail in zip(threads, mails, strict=True):
        graph.invoke({"text": mail["text"]}, config)
    seen = [{"asked": [one.value for one in graph.get_state(config).interrupts]} for graph, config in threads]
    for turn in turns:
        sent.clear()
        graph, config = threads[turn]
        graph.invoke(answers[turn], config)
        seen[turn]["sent"] = list(sent)
    runs = []
    if not turns:
        runs = [g.stream(given, config) for (g, config), given in zip(threads, answers, strict=True)]
    while runs:  # one step of each, in rounds
        runs = [run for run in runs if next(run, ended) is not ended]
    for found, (graph, config) in zip(seen, threads, strict=True):
        found.setdefault("sent", list(sent))
        found["kept"] = graph.get_state(config).values.get("sent", "missing")
    return seen


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
    assert not seen.get("lost"), (
        f"the answer came to a graph that was built anew over the same saver, as it is in another process, and that raised "
        f"`{seen['lost']}`: what the first graph kept outside its state is gone"
    )
    assert not seen["again"], "the question was answered, and the run asked again: one interrupt is enough"
    return seen | {"text": text, "receipt": receipt}


def assert_sent(submission: Any, *, empty: bool = False, earlier: bool = False) -> None:
    """Expect a mail to be sent after a yes, as it is."""
    seen = mailed(submission, True, empty=empty, earlier=earlier)
    assert seen["sent"] or not earlier, (
        "a thread had a mail that was sent, and then the same mail again. The answer was yes to both, and `send` wasn't called for "
        "the second one: each mail with a yes is sent"
    )
    assert seen["sent"] == [seen["text"]], (
        f"the answer was yes, and `send` was called with {seen['sent'] or 'nothing'}: call it once, with the text as "
        f"it is, {seen['text']!r}"
    )
    assert seen["kept"] == seen["receipt"], (
        f"`send` returned {seen['receipt']!r}, but `sent` is {seen['kept']!r}: put what `send` returns into the state"
    )


def assert_kept_apart(submission: Any) -> None:
    """Expect mails that wait at the same time to go by what's in their own threads, whoever is answered first."""
    same, other, refused, elsewhere = (f"Tent {n}" for n in submission.rng.sample(range(10**6), 4))
    texts = [same, same, other, refused, elsewhere]  # the last has the first one's thread, for another saver
    mails = [
        {"text": text, "thread": f"mail-{n % 4}", "saver": n // 4, "answer": text != refused}
        for n, text in enumerate(texts)
    ]
    for turns in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], []):
        seen = submission.observe(answer_side_by_side, mails=mails, turns=turns)
        case = f"several mails, two with the same text, {'waited' if turns else 'were answered at once'} in their threads"
        for found, one in zip(seen, mails, strict=True):
            text, yes = one["text"], one["answer"]
            assert found["asked"] == [text], (
                f"{case}, and the one of {text!r} asked {found['asked'] or 'nothing'}: {APART}"
            )
            answer = f"{text!r} was answered with {'yes' if yes else 'no'}"
            called = found["sent"].count(text)
            assert called == ((2 if text == same and not turns else 1) if yes else 0), (
                f"{case}, {answer}, and `send` was called with {found['sent'] or 'nothing'}: {APART}"
            )
            assert not turns or len(found["sent"]) == yes, (
                f"{case}, {answer}, and `send` was called with {found['sent']}: {APART}"
            )
            assert found["kept"] == (f"receipt of {text}" if yes else None), (
                f"{case}, {answer}, and its `sent` is {found['kept']!r}: {APART}"
            )


@pytest.mark.exercise("ask_before_sending", points=1, rules=(1, 2))
def test_sent_after_a_yes(submission):
    """The run waits for an answer, and sends the mail after a yes."""
    for empty in (False, True):
        assert_sent(submission, empty=empty)
