# says: nobody has written since
def find_open_calls(messages: list[AnyMessage]) -> list[str]:
    """Return the ids of the tool calls that have no result when the customer writes again."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    lost: list[str] = []
    running: list[str] = []  # perhaps the tools of these are still at work
    for message in messages:
        if isinstance(message, HumanMessage):
            lost += running
            running = []
        elif isinstance(message, AIMessage):
            running += [call["id"] for call in message.tool_calls if call["id"] not in answered]
    return lost
