def build_agent(model, tools, saver, budget, count):
    """The state grows during a run; a last node replaces it by what fits."""

    def rid_of_killed(messages):
        starts = [n for n, m in enumerate(messages) if m.type == "human"]
        cut = next((n for n in reversed(starts[:-1]) if killed(messages[n:])), None)
        return messages if cut is None else messages[next(n for n in starts if n > cut) :]

    def killed(turn):
        """Tell whether a turn, the first of these messages, ends without an answer."""
        end = next(n for n, m in enumerate(turn[1:], 1) if m.type == "human")
        return turn[end - 1].type != "ai" or bool(turn[end - 1].tool_calls)

    def turns_of(messages):
        starts = [n for n, m in enumerate(messages) if m.type == "human"]
        return [messages[a:b] for a, b in zip(starts, [*starts[1:], len(messages)], strict=True)]

    def window(messages):
        turns = turns_of(rid_of_killed(messages))
        chosen = turns.pop()
        if count(chosen) <= budget:
            while turns and count(turns[-1]) + count(chosen) <= budget:
                chosen = turns.pop() + chosen
            return chosen
        head, tail, part = chosen[:1], [], []
        for message in reversed(chosen[1:]):
            part.insert(0, message)
            if message.type == "ai":
                if count(head + part + tail) > budget:
                    break
                tail, part = part + tail, []
        return head + tail

    def think(state: MessagesState):
        return {"messages": model(window(state["messages"]))}

    def act(state: MessagesState):
        known = {tool.name: tool for tool in tools}
        calls = state["messages"][-1].tool_calls
        return {"messages": [known[call["name"]].invoke(call) for call in calls]}

    def sweep(state: MessagesState):
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *window(state["messages"])]}

    def way(state: MessagesState):
        return "act" if state["messages"][-1].tool_calls else "sweep"

    builder = StateGraph(MessagesState).add_node(think).add_node(act).add_node(sweep)
    builder.add_edge(START, "think").add_conditional_edges("think", way, ["act", "sweep"]).add_edge(
        "act", "think"
    )
    return builder.compile(checkpointer=saver)
