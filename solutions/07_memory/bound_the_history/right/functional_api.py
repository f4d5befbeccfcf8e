def build_agent(model, tools, saver, budget, count):
    from langgraph.func import entrypoint

    by_name = {tool.name: tool for tool in tools}

    def fitting(messages):
        start = max(place for place, message in enumerate(messages) if message.type == "human")
        best = None
        for place in range(start, -1, -1):  # whole turns, from the current one backwards
            if messages[place].type == "human":
                if count(messages[place:]) > budget:
                    break
                best = messages[place:]
        if best is not None:
            return best
        for place in range(start + 1, len(messages)):  # the current turn alone is too long
            if messages[place].type == "ai" and count([messages[start], *messages[place:]]) <= budget:
                return [messages[start], *messages[place:]]
        return [messages[start]]

    @entrypoint(checkpointer=saver)
    def agent(given, *, previous=None):
        messages = [*(previous or []), *given["messages"]]
        while True:
            messages = fitting(messages)
            reply = model(messages)
            messages = [*messages, reply]
            if not reply.tool_calls:
                return entrypoint.final(value={"messages": messages}, save=messages)
            messages += [by_name[call["name"]].invoke(call) for call in reply.tool_calls]

    return agent
