"""Provides next versions to rehearse a deploy with: two that are safe, and two that only look harmless."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NotRequired, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send

from course.data_pipeline.graph import Night, build_night
from course.data_pipeline.orders import Part
from course.data_pipeline.worker import Done, Work
from course.support_agent.graph import after_answer, desk
from course.support_agent.loop import Builder, add_loop
from course.support_agent.model import answering
from course.support_agent.people import human, speaker
from course.support_agent.refunds import add_refunds
from course.support_agent.shop import Shop
from course.support_agent.state import Context, Desk, Update
from course.support_agent.tools import tools_of

NightBuilder = StateGraph[Night, Any, Any, Any]


class RatedDesk(Desk):
    """The desk's state with one more field, which a thread of version 1 doesn't have."""

    asked_to_rate: NotRequired[bool]


def desk_with_a_node_more(model: BaseChatModel, shop: Shop) -> Builder:
    """Ask customers to rate a refund: a new node that doesn't wait, and a new field that may be missing."""
    builder = cast(Builder, StateGraph(RatedDesk, context_schema=Context))
    tools = tools_of(shop)
    after = (after_answer, ["check", END])

    def rate(state: RatedDesk) -> Update:
        if state.get("asked_to_rate"):
            return {}
        return {"messages": [AIMessage("How did we do?", name="desk")], "asked_to_rate": True}

    add_loop(builder, answering(model, tools), tools, (speaker, ["model", "human"]), after)
    add_refunds(builder, shop, done="rate").add_node("rate", rate).add_edge("rate", END)
    return builder.add_node("human", human).add_conditional_edges("human", *after)


def desk_with_another_name(model: BaseChatModel, shop: Shop) -> Builder:
    """Rename the node `human` to `person`: the same function, and a thread that waits in it is lost."""
    builder, tools = StateGraph(Desk, context_schema=Context), tools_of(shop)
    after = (after_answer, ["check", END])

    def speaks(state: Desk) -> str:
        return "person" if speaker(state) == "human" else "model"

    add_loop(builder, answering(model, tools), tools, (speaks, ["model", "person"]), after)
    add_refunds(builder, shop)
    return builder.add_node("person", human).add_conditional_edges("person", *after)


def night_in_other_chunks(work: Work) -> NightBuilder:
    """Work in smaller chunks, and send a mail at the end: a new node behind everything."""
    builder = build_night(work, parts=2, size=10)

    def mail(state: Night) -> Night:
        return {}

    return builder.add_node("mail", mail).add_edge("report", "mail")


def night_counted_in_lines(work: Work) -> NightBuilder:
    """Let `cursor` count lines, where version 1 counts bytes: the same field, with another meaning."""

    def plan(state: Night) -> Command[Literal["part", "report"]]:
        path, first = state.get("path", ""), state.get("cursor", 0)
        lines = Path(path).read_bytes().splitlines(keepends=True)
        chunk = lines[first : first + 100]
        if not chunk:
            return Command(goto="report")
        start = sum(map(len, lines[:first]))
        part: Part = {"path": path, "start": start, "end": start + sum(map(len, chunk))}
        return Command(update={"cursor": first + len(chunk)}, goto=[Send("part", part)])

    def part(state: Part) -> Done:
        return work(state)

    def report(state: Night) -> Night:
        return {}

    builder = StateGraph(Night).add_node(plan).add_node(part).add_node(report)
    return builder.add_edge(START, "plan").add_edge("part", "plan")


VERSION_1 = desk
