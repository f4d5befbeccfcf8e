# says: it goes to the end
from langchain_core.messages import RemoveMessage


def branch_of(graph, config):
    """The current branch, newest first."""
    step = graph.get_state(config)
    while True:
        yield step
        if step.parent_config is None:
            return
        step = graph.get_state(step.parent_config)


def fork_with_correction(graph, thread_id, message_id, text):
    """The wrong message is removed, and then the right one is added."""
    config = {"configurable": {"thread_id": thread_id}}
    steps = list(branch_of(graph, config))
    old = [step for step in steps if any(m.id == message_id for m in step.values.get("messages", []))][-1]
    message = next(m for m in old.values["messages"] if m.id == message_id)
    new = message.model_copy(update={"content": text})
    as_node = "__start__" if old.metadata["step"] == 0 else steps[steps.index(old) + 1].next[0]
    without = graph.update_state(old.config, {"messages": [RemoveMessage(id=message_id)]}, as_node=as_node)
    graph.update_state(without, {"messages": [new]}, as_node=as_node)
    return graph.invoke(None, config)
