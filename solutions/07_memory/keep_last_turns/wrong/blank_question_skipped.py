# says: a question may be blank
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    kept = []
    questions = 0
    for message in reversed(messages):
        kept.append(message)
        questions += isinstance(message, HumanMessage) and bool(message.text.strip())
        if questions == turns:
            break
    return kept[::-1]
