# says: a result without a name
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    done = {(m.name, m.tool_call_id) for m in messages if isinstance(m, ToolMessage)}
    calls = [c for m in messages if isinstance(m, AIMessage) for c in m.tool_calls]
    return [c["id"] for c in calls if (c["name"], c["id"]) not in done]
