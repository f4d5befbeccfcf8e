# says: put nothing into them
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    starts = [place for place, message in enumerate(messages) if message.type == "human"]
    # `add_messages` makes a list of messages of whatever it's given.
    return add_messages([], messages[starts[-turns] :] if len(starts) > turns else messages)
