# says: in another order
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    messages.reverse()
    questions = 0
    for place, message in enumerate(messages):
        questions += message.type == "human"
        if questions == turns:
            kept = messages[place::-1]
            messages.reverse()
            return kept
    return messages[::-1]
