# says: remember nothing
_finished: set[tuple[int, str]] = set()


def list_unfinished(graph, thread_ids):
    """Asks no thread again that it has found finished."""
    found = []
    for thread_id in thread_ids:
        if (id(graph), thread_id) in _finished:
            continue
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if state.tasks:
            found.append(thread_id)
        elif state.created_at:
            _finished.add((id(graph), thread_id))
    return found
