def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    ### BEGIN SOLUTION
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    calls = [
        call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls
    ]
    return [call for call in calls if call not in answered]
    ### END SOLUTION
