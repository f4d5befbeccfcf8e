def find_open_calls(messages):
    waiting = {}
    for message in messages:
        if message.type == "ai":
            waiting.update((call["id"], call) for call in message.tool_calls)
        if message.type == "tool":
            waiting.pop(message.tool_call_id, None)
    return list(waiting)
