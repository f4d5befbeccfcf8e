# says: only its input was saved
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if state.values and (state.tasks or state.next):
            found.append(thread_id)
    return found
