# says: never ran
def as_if_node(graph, thread_id, node, result):
    """All that was returned in this step goes into the state, in the name of the node."""
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in state.next:
        raise ValueError(node)
    log = [line for task in state.tasks if task.result for line in task.result["log"]]
    graph.update_state(config, {**result, "log": log + result.get("log", [])}, as_node=node)
    return graph.invoke(None, config)
