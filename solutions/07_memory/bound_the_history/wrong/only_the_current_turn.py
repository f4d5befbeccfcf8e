# says: would have fitted
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages = state["messages"]
        asked = max(place for place, message in enumerate(messages) if message.type == "human")
        rest = messages[asked + 1 :]
        while rest and (count([messages[asked], *rest]) > budget or rest[0].type == "tool"):
            rest = rest[1:]
        sent = [messages[asked], *rest]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
