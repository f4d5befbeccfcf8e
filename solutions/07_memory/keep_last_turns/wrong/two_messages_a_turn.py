# says: a turn isn't always two messages
def keep_last_turns(messages, turns):
    return messages[-2 * turns :]
