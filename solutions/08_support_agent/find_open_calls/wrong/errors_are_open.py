# says: a result with status "error"
def find_open_calls(messages):
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage) and m.status == "success"}
    calls = [
        call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls
    ]
    return [call for call in calls if call not in answered]
