"""The finished desk: the tool loop, refunds and people, in one graph."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, StateGraph

from course.support_agent.loop import Builder, add_loop
from course.support_agent.model import answering
from course.support_agent.people import human, speaker
from course.support_agent.refunds import add_refunds
from course.support_agent.shop import Shop
from course.support_agent.state import Context, Desk
from course.support_agent.tools import tools_of


def after_answer(state: Desk) -> str:
    """Look at the refunds that wait, once the customer has been answered."""
    return "check" if state.get("refunds") else END


def desk(model: BaseChatModel, shop: Shop) -> Builder:
    """Return the desk's graph, to be compiled with a saver and a store."""
    builder = StateGraph(Desk, context_schema=Context)
    tools, after = tools_of(shop), (after_answer, ["check", END])
    add_loop(builder, answering(model, tools), tools, (speaker, ["model", "human"]), after)
    add_refunds(builder, shop)
    return builder.add_node("human", human).add_conditional_edges("human", *after)
