# says: a call may have two results
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    calls = [call["id"] for m in messages if isinstance(m, AIMessage) for call in m.tool_calls]
    results = [m.tool_call_id for m in messages if isinstance(m, ToolMessage) and m.tool_call_id in calls]
    return [] if len(results) >= len(calls) else [call for call in calls if call not in results]
