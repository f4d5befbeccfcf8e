# says: send turns whole
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages = state["messages"]
        asked = max(place for place, message in enumerate(messages) if message.type == "human")
        spoken = [m for m in messages[:asked] if m.type == "human" or (m.type == "ai" and not m.tool_calls)]
        now = messages[asked + 1 :]
        while now and (count([messages[asked], *now]) > budget or now[0].type == "tool"):
            now = now[1:]
        while spoken and (count([*spoken, messages[asked], *now]) > budget or spoken[0].type != "human"):
            spoken = spoken[1:]
        sent = [*spoken, messages[asked], *now]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
