# says: would have fitted
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages = state["messages"]
        questions = [place for place, message in enumerate(messages) if message.type == "human"]
        starts = [place for place in questions if count(messages[place:]) < budget]
        if starts:
            sent = messages[starts[0] :]
        else:
            rest = messages[questions[-1] + 1 :]
            while rest and (count([messages[questions[-1]], *rest]) >= budget or rest[0].type == "tool"):
                rest = rest[1:]
            sent = [messages[questions[-1]], *rest]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
