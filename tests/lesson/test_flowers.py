"""The flower shop that lesson 06 takes from `course.stage`."""

from __future__ import annotations

from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from course import chat_model
from course.stage import flowers


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COURSE_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_parcel_goes_to_the_address_that_was_said_last():
    graph = flowers.build(InMemorySaver(), chat_model(flowers.clerk))
    assert flowers.parcels() == []
    for text in (
        "I live at 12 Hill Road.",
        "My sister lives at 5 Elm Lane.",
        "Please send lilies.",
        "Thanks.",
    ):
        state = graph.invoke({"messages": [text]}, {"configurable": {"thread_id": "ida"}})
    assert flowers.parcels() == state["sent"] == ["lilies to 5 Elm Lane"]
    assert [message.text for message in state["messages"][1::2]][-2:] == ["They are on their way.", "I see."]
