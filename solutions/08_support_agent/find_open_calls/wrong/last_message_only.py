# says: look at every message
def find_open_calls(messages):
    last = messages[-1]
    return [call["id"] for call in last.tool_calls] if isinstance(last, AIMessage) else []
