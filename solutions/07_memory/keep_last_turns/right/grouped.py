def keep_last_turns(messages, turns):
    groups = []
    for message in messages:
        if isinstance(message, HumanMessage):
            groups.append([])
        groups[-1].append(message)
    return [message for group in groups[-turns:] for message in group]
