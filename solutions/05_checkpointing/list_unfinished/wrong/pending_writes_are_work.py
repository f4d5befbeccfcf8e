# says: an answer too late
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    found = []
    for thread_id in thread_ids:
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.checkpointer.get_tuple(config)
        if saved and (saved.pending_writes or graph.get_state(config).next):
            found.append(thread_id)
    return found
