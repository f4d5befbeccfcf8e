"""The chat model of the lessons."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph

from course import chat_model
from course.errors import UsageError


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COURSE_MODEL", raising=False)


def test_it_remembers_a_name_only_from_the_messages_it_is_given():
    model = chat_model()
    assert (
        model.invoke([HumanMessage("My name is Mara."), HumanMessage("Who am I?")]).text
        == "Your name is Mara."
    )
    assert model.invoke("Who am I?").text == "I do not know your name."


def test_a_rule_is_a_function_of_the_messages():
    model = chat_model(lambda messages: f"{len(messages)} read")
    assert model.invoke([HumanMessage("a"), HumanMessage("b")]).text == "2 read"


def test_a_rule_may_call_tools():
    call = {"name": "refund", "args": {"order": 1}, "id": "c1"}
    model = chat_model(lambda _: AIMessage("", tool_calls=[call])).bind_tools([])
    assert model.invoke("x").tool_calls[0]["name"] == "refund"


def test_a_script_is_read_in_order_and_says_when_it_ends():
    model = chat_model(["one", "two"])
    assert [model.invoke("x").text, model.invoke("x").text] == ["one", "two"]
    with pytest.raises(UsageError, match="has 2 replies and was asked for reply 3"):
        model.invoke("x")


def test_parallel_callers_get_different_lines():
    lines = [str(n) for n in range(40)]
    model = chat_model(lines)
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: model.invoke("x").text, lines)) == sorted(lines)


def test_the_same_message_said_twice_is_two_messages_of_a_state():
    model = chat_model([AIMessage("again")] * 2)

    def answer(state: MessagesState):
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()
    first = graph.invoke({"messages": [("user", "x")]})["messages"]
    assert len(graph.invoke({"messages": [*first, ("user", "y")]})["messages"]) == 4


def test_it_answers_async_and_streamed():
    model = chat_model(["one", "two"])
    assert asyncio.run(model.ainvoke("x")).text == "one"
    assert "".join(chunk.text for chunk in model.stream("x")) == "two"


def test_a_real_model_without_langchain_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COURSE_MODEL", "openai:some-model")
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(UsageError, match="pip install langchain langchain-openai"):
        chat_model()


def test_a_real_model_needs_its_provider(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COURSE_MODEL", "some-model")
    with pytest.raises(UsageError, match="provider:name"):
        chat_model()


def test_a_real_model_goes_through_init_chat_model(monkeypatch: pytest.MonkeyPatch):
    module = type(sys)("langchain.chat_models")
    module.init_chat_model = lambda name: f"built {name}"
    monkeypatch.setitem(sys.modules, "langchain", type(sys)("langchain"))
    monkeypatch.setitem(sys.modules, "langchain.chat_models", module)
    monkeypatch.setenv("COURSE_MODEL", "openai:some-model")
    assert chat_model(["ignored"]) == "built openai:some-model"
