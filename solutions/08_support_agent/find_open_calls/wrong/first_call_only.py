# says: one message may have several calls
def find_open_calls(messages):
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    calls = [message.tool_calls[0]["id"] for message in messages if getattr(message, "tool_calls", None)]
    return [call for call in calls if call not in answered]
