"""What the tests of several exercises share: reading what a model was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]


def assert_whole(sent: Sequence[Sequence[Message]], when: str) -> None:
    """Expect each call in each input to have one result, directly behind its message."""
    for messages in sent:
        for place, message in enumerate(messages):
            behind = list[str]()
            for other in messages[place + 1 :]:
                if other["type"] != "tool":
                    break
                behind.append(other["of"])
            for call in message["calls"]:
                everywhere = [one["of"] for one in messages].count(call)
                assert everywhere, (
                    f"{when}, the model was sent call {call}, which has no result: a provider refuses that input, "
                    "and each later one of the thread"
                )
                assert everywhere == 1, f"{when}, call {call} has {everywhere} results in the model's input"
                assert call in behind, (
                    f"{when}, the result of call {call} isn't directly behind the message that made the call: "
                    + _stands_between(messages, place, call)
                )
        calls = [call for message in messages for call in message["calls"]]
        strange = [one["of"] for one in messages if one["type"] == "tool" and one["of"] not in calls]
        assert not strange, f"{when}, the model was sent a result of {strange[0]}, a call that nobody made"


def _stands_between(messages: Sequence[Message], place: int, call: str) -> str:
    """Say what is between a message that made a call and the call's result, and what that means."""
    result = next(
        number for number, one in enumerate(messages) if one["type"] == "tool" and one["of"] == call
    )
    between = [one["type"] for one in messages[place + 1 : result]]
    if result < place:
        return "it stands before it"
    if "human" in between:
        return "a result that's appended comes after the new question, so write the list anew"
    return f"between them is a message of type {next(kind for kind in between if kind != 'tool')!r}"
