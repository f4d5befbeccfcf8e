def build_graph():
    """Return a compiled graph that remembers its threads."""
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    ### BEGIN SOLUTION
    return builder.compile(checkpointer=InMemorySaver())
    ### END SOLUTION
