def notes_of(graph, thread_id):
    for snapshot in graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=1):
        return snapshot.values.get("notes", [])
    return []
