"""The node that calls the model."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime

from course.support_agent import memory
from course.support_agent.context import model_input
from course.support_agent.loop import Node
from course.support_agent.secrets import without_secrets
from course.support_agent.shorten import few_calls
from course.support_agent.state import Context, Desk, Update


def answering(model: BaseChatModel, tools: Sequence[BaseTool]) -> Node:
    """Return the node. It saves which version of the instructions the answer was given under."""
    bound = model.bind_tools(tools)

    def answer(state: Desk, runtime: Runtime[Context]) -> Update:
        assert runtime.store is not None, "compile the desk with a store"
        try:
            said = few_calls(bound.invoke(model_input(state["messages"], runtime.context, runtime.store)))
        except Exception as error:  # LangGraph saves its text, and a provider's may repeat a key
            error.args = without_secrets(error.args)
            raise
        return {"messages": [said], "instructions_version": memory.instructions(runtime.store)[0]}

    return answer
