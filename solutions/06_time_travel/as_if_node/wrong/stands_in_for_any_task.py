# says: so look before you write
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    from langchain_core.runnables import RunnableLambda

    config = {"configurable": {"thread_id": thread_id}}
    if node not in {task.name for task in graph.get_state(config).tasks}:
        raise ValueError(f"{thread_id} doesn't wait for {node}")
    stub = graph.nodes[node].copy({"bound": RunnableLambda(lambda state: result), "subgraphs": []})
    graph.copy({"nodes": {**graph.nodes, node: stub}}).invoke(None, config)
    return graph.get_state(config).values
