# says: no message has a call with this id
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids that are in one of the two sets only, of calls and of results."""
    called = [
        call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls
    ]
    answered = [message.tool_call_id for message in messages if isinstance(message, ToolMessage)]
    single = set(called) ^ set(answered)
    return [one for one in dict.fromkeys([*called, *answered]) if one in single]
