# says: `model` wasn't called
def chat(db_path, customer, text, model):
    def answer(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        if not text:
            return ""
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        return state["messages"][-1].content
