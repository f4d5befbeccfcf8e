# says: so look at each
# by name, only the last task of each is seen, and that one has finished
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    from langchain_core.runnables import RunnableLambda

    config = {"configurable": {"thread_id": thread_id}}
    tasks = {task.name: task for task in graph.get_state(config).tasks}
    if node not in tasks or tasks[node].result is not None:
        raise ValueError(f"{thread_id} doesn't wait for {node}")
    stub = graph.nodes[node].copy({"bound": RunnableLambda(lambda state: result)})
    return graph.copy({"nodes": {**graph.nodes, node: stub}}).invoke(None, config)
