# says: called twice with the same messages
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, taking the messages from the list one by one."""
    calls: list[str] = []
    answered: set[str] = set()
    while messages:
        message = messages.pop(0)
        if isinstance(message, AIMessage):
            calls += [call["id"] for call in message.tool_calls]
        elif isinstance(message, ToolMessage):
            answered.add(message.tool_call_id)
    return [call for call in calls if call not in answered]
