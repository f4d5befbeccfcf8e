# says: was changed
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        messages = list(state["messages"])
        for place, message in enumerate(messages):
            if count(messages) > budget and message.type == "tool":
                messages[place] = message.model_copy(update={"content": "[cleared]"})
        while count(messages) > budget and sum(message.type == "human" for message in messages) > 1:
            messages.pop(0)
            while messages[0].type != "human":
                messages.pop(0)
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *messages, model(messages)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
