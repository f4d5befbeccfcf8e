# says: the input is in the state 2 times
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end, from wherever an earlier process left it; return its state."""
    config = {"configurable": {"thread_id": thread_id}, "metadata": {"runner": "run_to_end"}}
    begun = list(graph.checkpointer.list(config, filter={"runner": "run_to_end"}, limit=1))
    return graph.invoke(None if begun else first, config, durability="sync")
