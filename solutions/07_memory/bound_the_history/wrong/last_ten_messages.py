# says: whose call was cut off
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        gone = [RemoveMessage(message.id) for message in state["messages"][:-10]]
        return {"messages": [*gone, model(state["messages"][-10:])]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
