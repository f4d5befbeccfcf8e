# says: left out
def keep_last_turns(messages, turns):
    spoken = [message for message in messages if message.type in ("human", "ai") and message.content]
    starts = [place for place, message in enumerate(spoken) if message.type == "human"]
    return spoken[starts[-turns] :] if len(starts) >= turns else spoken
