# says: a thread that never ran
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values.get("notes")
