# says: their beginning is missing
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    recent = messages[-1000:]
    starts = [place for place, message in enumerate(recent) if message.type == "human"]
    return recent[starts[-turns] :] if len(starts) >= turns else recent
