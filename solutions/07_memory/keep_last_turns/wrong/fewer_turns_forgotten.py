# says: fewer turns
def keep_last_turns(messages, turns):
    starts = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    if len(starts) < turns:
        return []
    return messages[starts[-turns] :]
