def as_if_node(graph, thread_id, node, result):
    """The tasks of the step, each with its result, are entered in their own order; the run is streamed."""
    thread = {"configurable": {"thread_id": thread_id}}
    tasks = [(task.name, task.result) for task in graph.get_state(thread).tasks]
    if (node, None) not in tasks:
        raise ValueError(f"{node} is not waited for")
    due = [StateUpdate(result if found is None else found, name) for name, found in tasks]
    graph.bulk_update_state(thread, [[StateUpdate(None, "__copy__")], [StateUpdate(None, END)], due])
    for _ in graph.stream(None, thread):
        pass
    return graph.get_state(thread).values
