# %% [markdown]
# # Exercises: threads
#
# Run a cell with Shift+Enter. Each `check("…")` says what is still missing.

# %%
import operator
from typing import Annotated, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from course import check, hint, timeline

# %%
class State(TypedDict):
    notes: Annotated[list[str], operator.add]

# %% [markdown]
# ## Compile with a checkpointer
#
# `build_graph()` returns a compiled graph with one node, which adds `"seen"` to `notes`. A second run on the
# same thread must continue the first.

# %% exercise="compile_with_checkpointer"
def build_graph():
    """Return a compiled graph that remembers its threads."""
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    ### BEGIN SOLUTION
    return builder.compile(checkpointer=InMemorySaver())
    ### END SOLUTION

# %% [markdown] exercise="compile_with_checkpointer" tags=["hint"]
# Something must keep the state between two runs.

# %% [markdown] exercise="compile_with_checkpointer" tags=["hint"]
# `compile()` takes a `checkpointer`.

# %% [markdown] exercise="compile_with_checkpointer" tags=["hint"]
# `return builder.compile(checkpointer=…)`, with a saver that lives in memory.

# %% exercise="compile_with_checkpointer" tags=["near-miss"] says="pass checkpointer= to compile()"
def build_graph():
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    return builder.compile()

# %% exercise="compile_with_checkpointer" tags=["near-miss"] says="add the node"
def build_graph():
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {})
    builder.add_edge(START, "mark")
    return builder.compile(checkpointer=InMemorySaver())

# %% exercise="compile_with_checkpointer" tags=["near-miss"] says="compiled graph"
def build_graph():
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    return builder

# %% exercise="compile_with_checkpointer" tags=["alternative"]
SAVER = InMemorySaver()


def build_graph():
    def mark(state):
        return {"notes": ["seen"]}

    return StateGraph(State).add_node(mark).add_edge(START, "mark").compile(checkpointer=SAVER)

# %% [markdown]
# ## Read a thread
#
# `notes_of(graph, thread_id)` returns the notes that a thread holds: an empty list for a thread that never ran.

# %% exercise="read_thread"
def notes_of(graph, thread_id):
    """Return the notes of a thread."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    return graph.get_state(config).values.get("notes", [])
    ### END SOLUTION

# %% [markdown] exercise="read_thread" tags=["hint"]
# A graph knows the state of each of its threads.

# %% [markdown] exercise="read_thread" tags=["hint"]
# `get_state` takes a config and returns a snapshot.

# %% [markdown] exercise="read_thread" tags=["hint"]
# The snapshot has `values`, a dict, which is empty for a thread that never ran.

# %% exercise="read_thread" tags=["near-miss"] says="not the whole state"
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values

# %% exercise="read_thread" tags=["near-miss"] says="of the thread it is given"
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": "t1"}}).values.get("notes", [])

# %% exercise="read_thread" tags=["near-miss"] says="a thread that never ran"
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values.get("notes")

# %% exercise="read_thread" tags=["alternative"]
def notes_of(graph, thread_id):
    for snapshot in graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=1):
        return snapshot.values.get("notes", [])
    return []

# %% [markdown]
# ## Why it forgot
#
# A bot with a checkpointer forgets its users at each restart. Say why, in two sentences.

# %% [markdown] exercise="why_it_forgot" points=3
# ### BEGIN SOLUTION
# Its saver keeps checkpoints in the memory of the process. A saver that writes to a file would keep them.
# ### END SOLUTION
