"""Public tests of `find_open_calls`."""

from __future__ import annotations

from typing import Any

import pytest


def find_in(find_open_calls, talk, cut):
    """Build messages, and return what the function finds in the first of them, and in all; each twice, in turn."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    messages = []
    for one in talk:
        if "calls" in one:
            messages.append(AIMessage(one["says"], tool_calls=one["calls"]))
        elif "of" in one:
            messages.append(
                ToolMessage(one["says"], tool_call_id=one["of"], name=one["name"], status=one["status"])
            )
        else:
            messages.append((SystemMessage if one["system"] else HumanMessage)(one["text"]))
    earlier = messages[:cut]
    return [find_open_calls(part) for part in (earlier, messages, earlier, messages)]


RESULTS = {
    "result": "a result",
    "error": 'a result with status "error"',
    "empty": "a result without text",
    "nameless": "a result without a name",
}


def conversation(stem: str, script: str) -> list[dict[str, Any]]:
    """Write out a script: `Q, call order1 order2, result order1, A`. A call's tool is its name without digits."""
    talk = list[dict[str, Any]]()
    for step in filter(None, script.split(", ")):
        kind, *names = step.split()
        if kind in RESULTS:
            talk += [
                {
                    "of": stem + name,
                    "kind": kind,
                    "says": "" if kind == "empty" else "It's on its way.",
                    "name": None if kind == "nameless" else f"find_{name.rstrip('0123456789')}",
                    "status": "error" if kind == "error" else "success",
                }
                for name in names
            ]
        elif kind in {"Q", "S"}:
            talk.append({"text": "Where is it?", "system": kind == "S"})
        else:
            calls = [
                {
                    "name": f"find_{name.rstrip('0123456789')}",
                    "args": {},
                    "id": stem + name,
                    "type": "tool_call",
                }
                for name in names
            ]
            talk.append({"says": "" if kind == "call" else "One moment.", "calls": calls})
    return talk


def open_in(talk: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the calls without a result."""
    answered = {one.get("of") for one in talk}
    return [call["id"] for one in talk for call in one.get("calls", ()) if call["id"] not in answered]


def assert_open(submission: Any, script: str, why: str) -> None:
    """Expect the open calls of a conversation; `why` is for an answer that misses one."""
    stem = f"c{submission.rng.randrange(10**4)}-"
    talk = conversation(stem, script)
    cut = max((number for number, one in enumerate(talk) if "of" in one), default=len(talk))
    first, found, *again = seen = submission.observe(find_in, talk=talk, cut=cut)
    for one in seen:
        assert isinstance(one, list), f"`find_open_calls` returned {one!r}: return a list of ids"
    for before, after in zip((first, found), again, strict=True):
        assert before == after, (
            f"called twice with the same messages, `find_open_calls` returned {before[:5]}, and then {after[:5]}: keep nothing "
            "from one call to the next, as a default argument does, and don't change `messages`"
        )
    expected = open_in(talk)
    extra = [one for one in found if one not in expected]
    missing = [one for one in expected if one not in found]
    made = [call["id"] for one in talk for call in one.get("calls", ())]
    results = [one for one in talk if extra and one.get("of") == extra[0] in made]
    assert not extra or not missing or not results, (
        f"call {missing[0]} has no result and {extra[0]} has one, but `find_open_calls` took one for the other: results "
        "come in any order, and some never come, so compare the ids"
    )
    assert not extra or not results, (
        f"call {extra[0]} has {how_given(talk, results)}, and it was called open: every `ToolMessage` with its "
        "`tool_call_id` is a result, whatever else it has, and however far behind the call"
    )
    assert not extra, f"`find_open_calls` returned {extra[0]!r}, but no message has a call with this id"
    assert not missing, f"call {missing[0]} has no result, and `find_open_calls` returned {found[:5]}: {why}"
    twice = [one for one in found if found.count(one) > 1]
    assert not twice, f"`find_open_calls` returned {twice[0]} {len(twice)} times: return each open call once"
    assert found == expected, (
        f"the open calls were made in the order {expected}, and `find_open_calls` returned {found}: ids say nothing about "
        "time, so go through the messages as they come"
    )


def how_given(talk: list[dict[str, Any]], results: list[dict[str, Any]]) -> str:
    """Say what is special about a call's result."""
    id, kind, place = results[0]["of"], results[0]["kind"], talk.index(results[0])
    made = next((n for n, one in enumerate(talk) if id in [call["id"] for call in one.get("calls", ())]), 0)
    late = any("of" not in one for one in talk[made + 1 : place])
    return f"{'more than one result' if len(results) > 1 else RESULTS[kind]}{', behind later messages' if late else ''}"


@pytest.mark.exercise("find_open_calls", points=1, rules=(1, 2))
def test_a_call_without_a_result(submission):
    """A call has no result, beside others that have one, and with or without messages behind it."""
    assert_open(
        submission, "Q, call order1, Q", "look at every message, not only at the last one or what's behind it"
    )
    assert_open(submission, "Q, call order1 parcel1, result order1, Q", "one message may have several calls")
    why = "nobody has written since, but a call at the end has no result either"
    assert_open(submission, "Q, call order1, result order1, A, Q, call parcel1", why)
    assert_open(submission, "Q, call order1 parcel1, result order1", why)
