# says: also an empty one
def chat(db_path, customer, text, model):
    def answer(state):
        return {"messages": [AIMessage(model(state["messages"]) or model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        return state["messages"][-1].content
