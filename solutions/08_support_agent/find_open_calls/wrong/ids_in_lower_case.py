# says: nearly the same
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    done = {m.tool_call_id.lower() for m in messages if isinstance(m, ToolMessage)}
    return [
        c["id"]
        for m in messages
        if isinstance(m, AIMessage)
        for c in m.tool_calls
        if c["id"].lower() not in done
    ]
