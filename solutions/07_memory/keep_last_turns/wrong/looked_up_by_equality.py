# says: equal to an earlier one
def keep_last_turns(messages, turns):
    questions = [message for message in messages if isinstance(message, HumanMessage)]
    if len(questions) <= turns:
        return list(messages)
    return messages[messages.index(questions[-turns]) :]
