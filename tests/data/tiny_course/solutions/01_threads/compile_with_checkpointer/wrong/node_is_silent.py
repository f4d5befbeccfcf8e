# says: add the node
def build_graph():
    builder = StateGraph(State)
    builder.add_node("mark", lambda state: {})
    builder.add_edge(START, "mark")
    return builder.compile(checkpointer=InMemorySaver())
