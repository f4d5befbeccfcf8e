def keep_last_turns(messages, turns):
    kept = []
    for message in reversed(messages):
        kept.insert(0, message)
        if isinstance(message, HumanMessage):
            turns -= 1
            if turns == 0:
                break
    return kept
