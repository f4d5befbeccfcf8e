# says: their beginning is missing
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    recent = messages[-20 * turns :]  # no turn is longer, and there's no need to go through years
    starts = [place for place, message in enumerate(recent) if message.type == "human"]
    return recent[starts[-turns] :] if len(starts) >= turns else recent
