# says: was shown to
def chat(db_path, customer, text, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)
        # The file is the conversation, or so it seems while one customer tries it.
        state = graph.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": "1"}})
    return state["messages"][-1].content
