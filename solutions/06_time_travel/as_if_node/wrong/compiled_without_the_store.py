# says: ran without the store
import copy


def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    if node not in graph.builder.nodes or node not in graph.get_state(config).next:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}")
    # The same graph, with a function in the node's place that returns the result.
    donor = StateGraph(graph.builder.state_schema)
    donor.add_node(node, lambda state: result)
    builder = copy.copy(graph.builder)
    stand_in = copy.copy(graph.builder.nodes[node])
    stand_in.runnable = donor.nodes[node].runnable
    stand_in.cache_policy = stand_in.error_handler_node = stand_in.timeout = None
    builder.nodes = {**graph.builder.nodes, node: stand_in}
    builder.compiled = False
    again = builder.compile(checkpointer=graph.checkpointer)
    again.invoke(None, config)
    return graph.get_state(config).values
