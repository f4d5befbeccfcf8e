# says: ValueError
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    open_calls: list[str] = []
    for message in messages:
        if isinstance(message, AIMessage):
            open_calls += [call["id"] for call in message.tool_calls]
        elif isinstance(message, ToolMessage):
            open_calls.remove(message.tool_call_id)
    return open_calls
