# says: a turn isn't always two messages
def keep_last_turns(messages, turns):
    return trim_messages(messages, max_tokens=2 * turns, token_counter=len, start_on="human")
