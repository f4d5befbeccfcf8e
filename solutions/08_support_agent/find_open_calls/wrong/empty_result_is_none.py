# says: a result without text
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    said = [m for m in messages if isinstance(m, AIMessage)]
    answered = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage) and m.content}
    calls = (call["id"] for m in said for call in m.tool_calls)
    return [*filter(lambda name: name not in answered, calls)]
