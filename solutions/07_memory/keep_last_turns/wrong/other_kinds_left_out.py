# says: was left out of a turn; keep turns whole
def keep_last_turns(messages, turns):
    """Keeps questions, answers and results, and knows no other kind of message."""
    kept, left = [], turns
    for message in reversed(messages):
        if isinstance(message, HumanMessage | AIMessage | ToolMessage):
            kept.insert(0, message)
        left -= isinstance(message, HumanMessage)
        if left == 0:
            break
    return kept
