# says: another order ran through the same
from langchain_core.runnables import RunnableLambda


def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    if node not in graph.builder.nodes or node not in graph.get_state(config).next:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}")
    original = graph.nodes[node]
    graph.nodes[node] = original.copy(
        {
            "bound": RunnableLambda(lambda _: result),
            "subgraphs": [],
            "retry_policy": None,
            "cache_policy": None,
            "error_handler_node": None,
            "timeout": None,
        }
    )
    try:
        graph.invoke(None, config, durability="sync")
    finally:
        graph.nodes[node] = original
    return graph.get_state(config).values
