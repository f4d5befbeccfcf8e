# says: left out of the middle
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages, groups = state["messages"], []
        for message in messages:
            if message.type != "tool":
                groups.append([])
            groups[-1].append(message)
        asked = max(place for place, group in enumerate(groups) if group[0].type == "human")
        chosen = {asked}
        for place in range(len(groups) - 1, -1, -1):
            trial = [m for n in sorted(chosen | {place}) for m in groups[n]]
            if count(trial) <= budget:
                chosen.add(place)
        while groups[min(chosen)][0].type != "human":
            chosen.remove(min(chosen))
        sent = [m for n in sorted(chosen) for m in groups[n]]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
