# says: ids say nothing about time
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    made = (call["id"] for m in messages if isinstance(m, AIMessage) for call in m.tool_calls)
    return sorted(set(made) - answered)
