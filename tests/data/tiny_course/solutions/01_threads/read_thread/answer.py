def notes_of(graph, thread_id):
    """Return the notes of a thread."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    return graph.get_state(config).values.get("notes", [])
    ### END SOLUTION
