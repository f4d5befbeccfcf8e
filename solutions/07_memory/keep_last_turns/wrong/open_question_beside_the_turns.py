# says: have no answer
def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""
    done = list(messages)
    asked = []
    if done and isinstance(done[-1], HumanMessage):
        asked = [done.pop()]  # that's the question the model is about to answer
    groups: list[list[AnyMessage]] = []
    for message in done:
        if isinstance(message, HumanMessage):
            groups.append([])
        groups[-1].append(message)
    return [message for group in groups[-turns:] for message in group] + asked
