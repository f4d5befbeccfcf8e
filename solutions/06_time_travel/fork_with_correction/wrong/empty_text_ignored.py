# says: even an empty one
def branch_of(graph, config):
    """The current branch, newest first."""
    step = graph.get_state(config)
    while True:
        yield step
        if step.parent_config is None:
            return
        step = graph.get_state(step.parent_config)


def fork_with_correction(graph, thread_id, message_id, text):
    """Without a text there's nothing to correct."""
    config = {"configurable": {"thread_id": thread_id}}
    steps = list(branch_of(graph, config))
    old = [step for step in steps if any(m.id == message_id for m in step.values.get("messages", []))][-1]
    message = next(m for m in old.values["messages"] if m.id == message_id)
    new = message.model_copy(update={"content": text or message.content})
    graph.update_state(old.config, {"messages": [new]})
    return graph.invoke(None, config)
