# says: `as_if_node` didn't raise `ValueError`
import copy

from langchain_core.runnables import RunnableLambda


def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    tasks = graph.get_state(config).tasks
    # it raised, or it hasn't begun
    waiting = [task for task in tasks if task.error or task.result is None]
    if node not in graph.builder.nodes or node not in {task.name for task in waiting}:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}")
    stand_in = graph.nodes[node].copy(
        {
            "bound": RunnableLambda(lambda _: result),
            "subgraphs": [],
            "retry_policy": None,
            "cache_policy": None,
            "error_handler_node": None,
            "timeout": None,
        }
    )
    double = copy.copy(graph)
    double.nodes = {**graph.nodes, node: stand_in}
    double.cache_policy = None
    double.invoke(None, config, durability="sync")
    return graph.get_state(config).values
