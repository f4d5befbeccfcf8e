# says: has a lower step
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    found = []
    for thread_id in thread_ids:
        history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
        if history and max(history, key=lambda one: one.metadata["step"]).next:
            found.append(thread_id)
    return found
