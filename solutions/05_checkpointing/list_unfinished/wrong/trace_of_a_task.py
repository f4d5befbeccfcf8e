# says: still has to run
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if any(t.interrupts or t.error or t.result is not None for t in state.tasks):
            found.append(thread_id)
    return found
