# says: go by the history's order
def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    config = {"configurable": {"thread_id": thread_id}}
    history = sorted(graph.get_state_history(config), key=lambda s: s.metadata["step"], reverse=True)
    results = [t.result for s in history for t in s.tasks if t.name == node and t.result is not None]
    return results[0] if results else None
