"""What the page beside the lessons shows: each assertion is one claim of its prose."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from course import chat_model
from course.learner.lesson_minutes import lesson_measures
from course.paths import Root
from course.site.more_page import executed_more
from tests.lesson.test_shown_source import lines_of_source

ROOT = Root.find()
THREAD: Any = {"configurable": {"thread_id": "a"}}

pytestmark = pytest.mark.slow


@cache
def outputs() -> dict[str, str]:
    """What each code cell put out, by its source."""
    cells = json.loads(executed_more(ROOT).read_bytes())["cells"]
    return {
        "".join(cell["source"]): "".join("".join(each.get("text", "")) for each in cell["outputs"])
        for cell in cells
        if cell["cell_type"] == "code"
    }


def shown(part: str) -> list[str]:
    [text] = [text for source, text in outputs().items() if part in source]
    return text.splitlines()


def test_a_replay_reads_todays_instructions_and_the_thread_names_none():
    assert shown('print("Ben: "') == [
        "Mara: No refund after 30 days.",
        "Ben:  I'm sorry. No refund after 30 days.",
    ]
    assert shown("replay(shop") == [
        "replayed: I'm sorry. No refund after 30 days.",
        "her state: ['messages']",
    ]


def test_a_pinned_version_is_replayed_and_the_next_turn_has_the_new_one():
    before, replayed, version, after = (line.split(":")[1].strip() for line in shown("replay(pinned"))
    assert before == replayed == "No refund after 30 days."
    assert (version, after) == ("1", "I'm sorry. No refund after 30 days.")


def test_new_code_fails_on_an_old_thread_and_the_old_code_no_longer_knows_where_it_is():
    assert shown('print("version 1 again:"') == [
        "approved:        KeyError: 'cents'",
        "version 1 again: {'order': 7} | bank: []",
    ]


def test_each_thread_runs_the_flow_it_began_with_until_nobody_is_left():
    assert shown("FLOWS, NEWEST") == ["[(8, 'all'), (9, 4900)]"]
    assert shown("def left") == [
        "left on version 1: {'mara'}",
        "left on version 1: nobody | bank: [(8, 'all'), (9, 4900), (7, 'all')]",
    ]


def test_messages_have_no_question_and_a_quick_answer_runs_the_other_branch_twice():
    assert shown("deaf = ") == ["she reads: Your parcel is in Oslo. ", "open questions: 1"]
    reads = "she reads: Your parcel is in Oslo. "
    assert shown("def page") == ["a button appears", reads, reads, "looked for the parcel: 2 times"]
    assert shown("def patient_page") == [
        "a button appears",
        reads,
        "left open: ()",
        "looked for the parcel: 1 time",
    ]


def test_each_section_ends_with_a_decision_and_has_400_words_at_most():
    cells = json.loads(executed_more(ROOT).read_bytes())["cells"]
    prose = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    sections = prose.split("\n## ")[1:]
    assert len(sections) == 3
    for section in sections:
        assert section.split("\n\n")[-1].startswith("**Decide.**"), section.splitlines()[0]
        assert len(section.split()) <= 400


def test_it_prints_no_source_of_ours():
    cells = json.loads(executed_more(ROOT).read_bytes())["cells"]
    assert not any(lines_of_source(cell) for cell in cells if cell["cell_type"] == "code")
    assert lesson_measures(executed_more(ROOT)).code_lines <= 300


# What the text says, and no cell of the page shows.


def test_a_stream_of_messages_or_custom_has_no_question_and_says_what_precedes_it_again():
    def ask(state: MessagesState) -> dict[str, Any]:
        said = chat_model(lambda messages: "I'll ask. ").invoke(state["messages"])
        get_stream_writer()("asking")
        interrupt("Refund?")
        return {"messages": [said]}

    graph: Any = StateGraph(MessagesState).add_node(ask).add_edge(START, "ask").compile(InMemorySaver())
    modes, given = ["messages", "custom"], {"messages": ["Money back?"]}
    for each in (given, Command(resume=True)):
        events = list(graph.stream(each, THREAD, stream_mode=modes))
        assert [mode for mode, _ in events] == ["messages", "custom"]
        assert "Refund?" not in str(events)


def test_pinning_costs_a_checkpoint_a_turn():
    def lengths(*names: str) -> int:
        nodes: Any = [(name, lambda state: {}) for name in names]  # pyright: ignore[reportUnknownLambdaType]
        builder = StateGraph(MessagesState).add_sequence(nodes).add_edge(START, names[0])
        graph: Any = builder.compile(InMemorySaver())
        graph.invoke({"messages": ["Hello."]}, THREAD)
        return len(list(graph.get_state_history(THREAD)))

    assert lengths("pin", "answer") == lengths("answer") + 1
