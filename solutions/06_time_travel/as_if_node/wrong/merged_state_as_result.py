# says: once too often
def as_if_node(graph, thread_id, node, result):
    """What the neighbours did is merged into the state that `get_state` shows, so all of it is written."""
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in state.next:
        raise ValueError(node)
    values = {**state.values, **result}
    values["log"] = state.values["log"] + result.get("log", [])
    beside = [StateUpdate({}, task.name) for task in state.tasks if task.name != node]
    graph.bulk_update_state(config, [[*beside, StateUpdate(values, node)]])
    return graph.invoke(None, config)
