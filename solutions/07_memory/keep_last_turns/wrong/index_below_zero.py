# says: if there are fewer turns
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if not starts:
        return []
    return (
        list(messages[starts[max(len(starts) - turns, -len(starts))] :])
        if turns != len(starts)
        else list(messages)
    )
