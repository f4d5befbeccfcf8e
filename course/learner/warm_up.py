"""Holds the warm-up of the start page: one line to change, checked like an exercise and never graded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.learner.catalogue import CatalogueEntry, find

if TYPE_CHECKING:
    from course.paths import Root

MODULE = "start"  #: the folder of its tests; it belongs to no module of the course
MINUTES = 3

PROMPT = """\
## Warm-up: one line gives the graph a memory

Mara tells a help desk her name. In the next run, the desk has forgotten it: the graph saves nothing.

1. Run the next cell with Shift+Enter and see what the desk says.
2. Change the line marked `change this line` to `return graph.compile(checkpointer=InMemorySaver())`, and run
   the cell again.
3. Run `check("remember_mara")` below it. Its card turns green.
"""

BLANK = """\
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from course import chat_model, check, hint, timeline


def reply(state: MessagesState):
    return {"messages": [chat_model().invoke(state["messages"])]}


def build_desk():
    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    return graph.compile()  # change this line


desk, mara = build_desk(), {"configurable": {"thread_id": "mara"}}
for text in ("My name is Mara.", "What's my name?"):
    print(desk.invoke({"messages": [("user", text)]}, mara)["messages"][-1].text)
"""

WARM_UP = CatalogueEntry(
    name="remember_mara",
    module=MODULE,
    title="Warm-up: one line gives the graph a memory",
    role="warm-up",
    minutes=MINUTES,
    points=2,
    public_points=2,
    hidden=(),
    hints=("The last line becomes `return graph.compile(checkpointer=InMemorySaver())`.",),
    manual=False,
    defines=("build_desk",),
)


def find_exercise(name: str, root: Root) -> CatalogueEntry:
    """Return the warm-up, or an exercise of the course.

    Raises:
        UsageError: there is none of this name; the text offers the nearest.
    """
    return WARM_UP if name == WARM_UP.name else find(name, root)
