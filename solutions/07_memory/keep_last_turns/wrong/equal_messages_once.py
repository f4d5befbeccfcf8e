# says: remember places
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    tail = messages[starts[-turns:][0] :] if starts else []
    once = []
    for m in tail:
        if m not in once:
            once.append(m)
    return once
