# says: was left out of a turn
def keep_last_turns(messages, turns):
    kept, found = [], 0
    for message in reversed(messages):
        if not kept and message.type != "ai":
            continue
        kept.append(message)
        found += message.type == "human"
        if found == turns:
            break
    return kept[::-1]
