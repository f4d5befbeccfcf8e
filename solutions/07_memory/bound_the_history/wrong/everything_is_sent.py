# says: than the budget
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        return {"messages": [model(state["messages"])]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
