# says: grow with the square of the turns
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        # One checkpoint a turn: the file grows by one turn each time.
        state = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="exit")
        return state["messages"][-1].text

    return say
