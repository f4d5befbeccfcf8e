"""Public tests of `find_open_calls`."""

from __future__ import annotations

import itertools
from typing import Any

import pytest


def find_in(find_open_calls, talk):
    """Build messages, and return what the function finds in them."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    messages = []
    for one in talk:
        if "calls" in one:
            messages.append(AIMessage(one["says"], tool_calls=one["calls"]))
        elif "of" in one:
            messages.append(
                ToolMessage(one["says"], tool_call_id=one["of"], name=one["name"], status=one["status"])
            )
        else:
            messages.append(HumanMessage(one["human"]))
    return find_open_calls(messages)


def assert_open(submission: Any, rounds: list[list[str]]) -> None:
    """Expect the open calls of a conversation. Each round says what became of its calls."""
    talk, expected, late = [{"human": "Where are my orders?"}], list[str](), list[dict[str, Any]]()
    stem, made = f"c{submission.rng.randrange(10**4)}", itertools.count()
    for number, fates in enumerate(rounds):
        ids = [f"{stem}{'aA'[each % 2]}{'b' * (each // 2)}" for _, each in zip(fates, made, strict=False)]
        talk.append(
            {
                "says": "" if number % 2 else "Let me look.",
                "calls": [
                    {"name": "find_order", "args": {"order": "7"}, "id": each, "type": "tool_call"}
                    for each in ids
                ],
            }
        )
        for each, fate in zip(ids, fates, strict=True):
            status = "error" if fate == "error" else "success"
            result = {"of": each, "status": status, "says": "" if fate == "empty" else "x"}
            result["name"] = None if fate == "late" else "find_order"
            if fate == "open":
                expected.append(each)
            elif fate == "late":
                late.append(result)
            else:
                talk.append(result)
                if fate not in {"error", "empty"}:  # what was tried again has a second result
                    late.append(result)
        talk += [{"human": "Hello?"}, {"says": "One moment.", "calls": []}, {"human": "Well?"}]
    found = submission.observe(find_in, talk=[*talk, *late])
    extra = [one for one in found if one not in expected] if isinstance(found, list) else []
    near = [one for one in expected if isinstance(found, list) and one not in found]
    alike = [
        one
        for one in near
        if any(one.lower() in str(message.get("of", "")).lower() for message in [*talk, *late])
    ]
    assert len(rounds) > 1 or not alike, (
        f"call {alike[0]} is open, and wasn't returned; a result with an id that's nearly the same is another call's: compare whole ids"
    )
    assert not extra, (
        f"{extra[0]} has a result, and it was called open: a result may come late, have no text or no name, and a result with "
        'status "error" is a result'
    )
    assert found == expected or sorted(found) != sorted(expected), (
        f"the open calls were made in the order {expected}, and `find_open_calls` returned {found}: ids say nothing about "
        "time, so go through the messages as they come"
    )
    assert found == expected, (
        f"of {rounds[:4]}{' and more' if rounds[4:] else ''} the calls {expected} are open, and `find_open_calls` returned {found}: look at every message, "
        "remember that a message may have several calls, and a text as well, and that two calls of one tool have different ids, perhaps in case only"
    )


@pytest.mark.exercise("find_open_calls", points=1, rules=(1, 2))
def test_a_call_without_a_result(submission):
    """One of several calls has no result, and the customer has written since."""
    assert_open(submission, [["done", "open"], ["done"]])
    assert_open(submission, [["open"]])
