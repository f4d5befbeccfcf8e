# says: for `post`, the last node
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    waiting = [task for task in snapshot.tasks if task.name == node and task.result is None]
    if not waiting:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}")
    task = waiting[0]
    # Let the node's own writers say what such a result writes: to the state, and to the next nodes.
    writes: list[tuple[str, Any]] = []
    before = graph.get_state(snapshot.config).values  # without what the neighbours have returned

    def read(select: Any, fresh: bool = False) -> Any:
        values = dict(before)
        if fresh:
            for channel, value in writes:
                if channel in graph.builder.channels:
                    of_channel = graph.channels[channel].copy()
                    if channel in before:
                        of_channel = of_channel.from_checkpoint(before[channel])
                    of_channel.update([value])
                    values[channel] = of_channel.get()
        if isinstance(select, str):
            return values.get(select)
        return {name: values[name] for name in select if name in values}

    inner = {
        "configurable": {
            "thread_id": thread_id,
            "__pregel_send": writes.extend,
            "__pregel_read": read,
            "__pregel_task_id": task.id,
        }
    }
    for writer in graph.nodes[node].flat_writers:
        writer.invoke(result, inner)
    path = "~" + ", ".join(
        f"{part:010d}" if isinstance(part, int) and not isinstance(part, bool) else str(part)
        for part in task.path
    )
    if writes:
        graph.checkpointer.put_writes(snapshot.config, writes, task.id, path)
    graph.invoke(None, config)
    return graph.get_state(config).values
