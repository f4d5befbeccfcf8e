# says: the assistant has answered since
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, in order."""
    answers = [i for i, m in enumerate(messages) if isinstance(m, AIMessage) and not m.tool_calls]
    done = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    rest = messages[answers[-1] :] if answers else messages
    return [c["id"] for m in rest if isinstance(m, AIMessage) for c in m.tool_calls if c["id"] not in done]
