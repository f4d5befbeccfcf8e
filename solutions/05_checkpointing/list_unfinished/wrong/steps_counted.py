# says: its first run is finished
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if state.tasks and state.metadata["step"] < len(graph.nodes) - 1:
            found.append(thread_id)
    return found
