# says: nobody has written since
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result, but for those that have just been made."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    said = [message for message in messages if isinstance(message, AIMessage)]
    if messages and messages[-1].type != "human":
        said = said[:-1]  # its tools are running
    return [call["id"] for message in said for call in message.tool_calls if call["id"] not in answered]
