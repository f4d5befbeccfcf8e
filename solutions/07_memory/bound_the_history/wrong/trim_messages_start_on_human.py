# says: no messages at all
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        sent = trim_messages(
            state["messages"],
            max_tokens=budget,
            token_counter=count,
            strategy="last",
            start_on="human",
            end_on=("human", "tool"),
        )
        return {"messages": [model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
