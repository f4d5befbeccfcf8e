# says: left out of the middle
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages = state["messages"]
        if len(messages) <= 3:
            return {"messages": [model(messages)]}
        recent = messages[-3:] if len(messages) % 2 == 0 else messages[-4:]
        sent = [messages[0], *recent]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
