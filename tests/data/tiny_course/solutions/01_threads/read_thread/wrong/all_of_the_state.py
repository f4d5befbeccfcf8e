# says: not the whole state
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values
