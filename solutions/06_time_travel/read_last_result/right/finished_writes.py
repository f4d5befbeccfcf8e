def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    """Return what the node returned when it last finished, without running anything."""
    from langgraph.checkpoint.base import WRITES_IDX_MAP

    def finished():
        for snapshot in list(graph.get_state_history({"configurable": {"thread_id": thread_id}})):
            for task in snapshot.tasks:
                if task.name == node and task.result is not None:
                    saved = graph.checkpointer.get_tuple(snapshot.config)
                    # An answer or an error is a write, too. A node that finished has others.
                    if any(id == task.id and to not in WRITES_IDX_MAP for id, to, _ in saved.pending_writes):
                        yield task.result

    return next(finished(), None)
