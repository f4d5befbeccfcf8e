# says: two calls of one tool
def find_open_calls(messages):
    answered = {message.name for message in messages if isinstance(message, ToolMessage)}
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    return [call["id"] for call in calls if call["name"] not in answered]
