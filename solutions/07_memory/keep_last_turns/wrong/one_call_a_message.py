# says: RecursionError
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    if not messages or turns == 0:
        return []
    last = messages[-1]
    left = turns - 1 if isinstance(last, HumanMessage) else turns
    return [*keep_last_turns(messages[:-1], left), last]
