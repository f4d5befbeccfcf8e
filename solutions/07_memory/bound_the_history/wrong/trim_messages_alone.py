# says: the input begins with
def build_agent(model, tools, saver, budget, count):
    def agent(state: MessagesState):
        sent = trim_messages(state["messages"], max_tokens=budget, token_counter=count, strategy="last")
        kept = {message.id for message in sent}
        gone = [RemoveMessage(message.id) for message in state["messages"] if message.id not in kept]
        return {"messages": [*gone, model(sent)]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
