# says: have no answer
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [
        n
        for n, message in enumerate(messages)
        if isinstance(message, HumanMessage) and (n == 0 or not isinstance(messages[n - 1], HumanMessage))
    ]
    return list(messages[starts[-turns] :]) if len(starts) >= turns else list(messages)
