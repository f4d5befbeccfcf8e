# says: was left out of a turn
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    kept = list(messages[starts[-turns:][0] :]) if starts else []
    if kept and isinstance(kept[-1], AIMessage) and kept[-1].tool_calls:
        kept.pop()
    return kept
