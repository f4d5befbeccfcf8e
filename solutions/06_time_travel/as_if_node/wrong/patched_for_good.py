# says: you changed `graph` itself
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    import copy

    from langchain_core.runnables import RunnableLambda

    config = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(config).next:
        raise ValueError(f"{thread_id!r} doesn't wait for {node!r}")
    # The same graph, in which `node` only hands out the result. Its neighbours' results are still pending, so
    # LangGraph doesn't run them again.
    stand_in = graph
    double = graph.nodes[node].copy({"bound": RunnableLambda(lambda _: dict(result))})
    stand_in.nodes = {**graph.nodes, node: double}
    return stand_in.invoke(None, config)
