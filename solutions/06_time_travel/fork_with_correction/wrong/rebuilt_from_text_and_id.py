# says: besides its text
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage


def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    oldest = next(s for s in branch if any(m.id == message_id for m in s.values.get("messages", [])))
    wrong = next(m for m in oldest.values["messages"] if m.id == message_id)
    if wrong.type == "tool":
        right = ToolMessage(text, id=message_id, tool_call_id=wrong.tool_call_id)
    else:
        right = {"human": HumanMessage, "ai": AIMessage}[wrong.type](text, id=message_id)
    return graph.invoke(None, graph.update_state(oldest.config, {"messages": [right]}))
