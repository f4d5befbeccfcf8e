# says: a text as well
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    said = [m for m in messages if isinstance(m, AIMessage) and not m.content]
    answered = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    calls = (call["id"] for m in said for call in m.tool_calls)
    return [*filter(lambda name: name not in answered, calls)]
