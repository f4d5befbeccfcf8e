# says: An empty result is a result, too
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    from langchain_core.runnables import RunnableLambda

    config = {"configurable": {"thread_id": thread_id}}
    waiting = {task.name for task in graph.get_state(config).tasks if not task.result}
    if node not in waiting:
        raise ValueError(f"{thread_id} doesn't wait for {node}")
    stand_in = graph.nodes[node].copy({"bound": RunnableLambda(lambda _: result)})
    graph.copy({"nodes": {**graph.nodes, node: stand_in}}).invoke(None, config)
    return graph.get_state(config).values
