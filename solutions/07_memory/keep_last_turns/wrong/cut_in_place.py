# says: leave it as it is
def keep_last_turns(messages, turns):
    while sum(message.type == "human" for message in messages) > turns:
        messages.pop(0)
        while messages and messages[0].type != "human":
            messages.pop(0)
    return messages
