"""Draws the timeline on the landing page, from a real thread that runs while the site is built."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from course.learner.workspace import write_atomically
from course.site.kept import kept

if TYPE_CHECKING:
    pass


class Trip(TypedDict):
    """What the example's graph remembers."""

    city: str
    plan: str


def landing_timeline() -> str:
    """The timeline as HTML; kept, so that LangGraph is imported only when what it shows may have changed."""
    from course.site.executing import surroundings

    key = hashlib.sha256((surroundings() + Path(__file__).read_text("utf-8")).encode()).hexdigest()[:16]
    drawn = kept("landing", f"{key}.html")
    if not drawn.is_file():
        write_atomically(drawn, _draw().encode())
    return drawn.read_text("utf-8")


def _draw() -> str:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph

    from timetravel import timeline

    def locate(state: Trip) -> dict[str, str]:
        return {"city": state["city"].title()}

    def plan(state: Trip) -> dict[str, str]:
        return {"plan": f"see {state['city']}"}

    builder = StateGraph(Trip).add_node("locate", locate).add_node("plan", plan)
    builder.add_edge(START, "locate").add_edge("locate", "plan").add_edge("plan", END)
    graph: Any = builder.compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "trip"}}
    graph.invoke({"city": "lisbon", "plan": ""}, thread)
    before_plan = next(state for state in graph.get_state_history(thread) if state.next == ("plan",))
    forked = graph.update_state(before_plan.config, {"city": "Porto"})
    graph.invoke(None, forked)
    return cast("Any", timeline(graph, thread))._repr_html_()
