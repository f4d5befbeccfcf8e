# says: look for where turns begin
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage) and isinstance(m.content, str)]
    return list(messages[starts[-turns:][0] :]) if starts else list(messages)
