def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    ### BEGIN SOLUTION
    starts = [place for place, message in enumerate(messages) if message.type == "human"]
    return messages[starts[-turns] :] if len(starts) > turns else list(messages)
    ### END SOLUTION
