"""Public tests of `keep_last_turns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted

from common import THINGS

if TYPE_CHECKING:
    import random


def cut(keep_last_turns, talk, turns):
    """Cut a conversation; return which of its messages came back, and what became of the list that was given."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    def message(kind, text, *ids):
        if kind == "tool":
            return ToolMessage(text, tool_call_id=ids[0])
        if kind in ("human", "system"):
            return (HumanMessage if kind == "human" else SystemMessage)(text)
        return AIMessage(text, tool_calls=[{"name": "find", "args": {}, "id": id} for id in ids])

    given = [message(*one) for one in talk]
    places = {id(one): place for place, one in enumerate(given)}
    everything = list(given)  # keeps each alive, so that no other object gets its id
    before = [one.model_dump() for one in given]
    kept = keep_last_turns(given, turns)
    if not isinstance(kept, list):
        return {"kind": type(kept).__name__}
    changed = [
        [place, key, repr(was.get(key))[:30], repr(now.get(key))[:30]]
        for place, (was, now) in enumerate(zip(before, (one.model_dump() for one in everything), strict=True))
        for key in was | now
        if was.get(key) != now.get(key)
    ]
    return {
        "kept": [places.get(id(one)) for one in kept],
        "left": [places.get(id(one)) for one in given],
        "of": len(everything),
        "changed": changed[:1],
    }


def draw_turn(rng: random.Random, calls: int = 0, answers: int = 1) -> list[list[str]]:
    """Draw a question, a round with tool calls if there are any, and an answer."""
    thing, ids = rng.choice(THINGS), [f"c{rng.randrange(10**6)}" for _ in range(calls)]
    asked = [["ai", "", *ids], *(["tool", f"{thing} {id}", id] for id in ids)] if calls else []
    said = [["ai", f"We have {rng.randrange(2, 99)}."] for _ in range(answers)]
    return [["human", f"Do you have a {thing}?"], *asked, *said]


def assert_kept(submission: Any, talk: list[list[list[str]]], turns: int) -> None:
    """Expect the last turns of a conversation."""
    flat = [message for turn in talk for message in turn]
    first = len(flat) - sum(map(len, talk[-turns:]))
    seen = submission.observe(cut, talk=flat, turns=turns)
    sizes = "+".join(str(len(turn)) for turn in talk[:9]) + "+…" * (len(talk) > 9) or "no"
    assert "kind" not in seen, f"you returned a value of type {seen['kind']}: return a list of messages"
    kept, right = seen["kept"], list(range(first, len(flat)))
    left = len(seen["left"])
    assert left == seen["of"], (
        f"`messages` had {counted(seen['of'], 'message')} before your function ran and {left} afterwards: "
        "it's the caller's own list, so leave it as it is"
    )
    assert seen["left"] == list(range(left)), (
        f"asked for the last {turns} of {counted(len(talk), 'turn')}, your function left `messages` in another order, or with other messages: "
        "it's the caller's own list, so leave it as it is"
    )
    for place, key, old, new in seen["changed"]:
        raise AssertionError(
            f"your function changed `messages[{place}]`: its `{key}` was {old} and is {new} now. The messages are the caller's, "
            "too: change nothing in them, and put nothing into them"
        )
    assert None not in kept, (
        "you returned a message that isn't one of those you were given: return the same messages"
    )
    asked = (
        f"asked for the last {turns} of {counted(len(talk), 'turn')} ({sizes} messages), you returned {counted(len(kept), 'message')}, "
        f"not {len(right):,}"
    )
    assert len(talk) >= turns or kept == right, f"{asked}: if there are fewer turns, return all of them"
    assert kept or not flat, f"{asked}: a turn isn't always two messages, so look for where turns begin"
    if kept and kept == list(range(kept[0], len(flat))):
        assert kept[0] >= first or kept[0] != flat.index(flat[first]), (
            f"{asked}: the question that should come first is equal to an earlier one, which `index` would find; "
            "remember places, not messages"
        )
        assert kept[0] >= first, f"{asked}: {why_too_many(flat[kept[0] :])}look for where turns begin"
        assert kept == right, (
            f"{asked}: their beginning is missing. A turn isn't always two messages, but any number: look for where turns begin, in "
            "all of `messages`"
        )
    equal = [flat[n] for n in right if n not in kept and flat[n] in [flat[k] for k in kept]]
    assert not equal, (
        f"{asked}: {equal[0][1]!r} was left out, and a message that's equal to it was kept: "
        "remember places, not messages"
    )
    asked_last = len(flat) - len(talk[-1]) in kept if talk else False
    assert not kept or kept[-1] == len(flat) - 1 or asked_last or not waits(talk[-1]), (
        f"{asked}: the last turn has no answer yet, but it's a turn, and its question matters most"
    )
    missing = [flat[place][0] for place in right if place not in kept]
    assert not missing, f"{asked}: a message of type {missing[0]!r} was left out of a turn; keep turns whole"
    assert kept == right, f"{asked}: return those turns, in order, and nothing else"


def why_too_many(returned: list[list[Any]]) -> str:
    """Say what is special about the questions in what was returned."""
    asked = [place for place, (kind, *_) in enumerate(returned) if kind == "human"]
    texts = [returned[place][1] for place in asked]
    odd = ["be blank"] * any(isinstance(text, str) and not text.strip() for text in texts)
    odd += ["be a list of blocks"] * any(isinstance(text, list) for text in texts)
    odd += ["have no answer"] * any(place + 1 in {*asked, len(returned)} for place in asked)
    return f"a question may {' or '.join(odd)}, and it begins a turn all the same; " if odd else ""


def waits(turn: list[list[str]]) -> bool:
    """Tell whether a turn has no answer yet."""
    return turn[-1][0] != "ai"


@pytest.mark.exercise("keep_last_turns", points=1, rules=(1, 3))
def test_last_turns_are_kept_whole(submission):
    """The last turns are kept whole, whatever their length."""
    rng = submission.rng
    talk = [draw_turn(rng), draw_turn(rng, calls=2), draw_turn(rng, answers=3), draw_turn(rng, calls=1)]
    talk[2].insert(2, ["system", "Answer in one sentence."])  # whatever its kind, it's of the turn
    for turns in (1, 2, 3):
        assert_kept(submission, talk, turns)
    long = draw_turn(rng, answers=rng.randrange(60, 70))
    assert_kept(submission, [*talk, long], 1)
    assert_kept(submission, [*talk, long, *talk], len(talk) + 1)
