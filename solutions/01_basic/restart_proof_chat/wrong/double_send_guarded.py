# says: the same as the turn before
def chat(db_path, customer, text, model):
    def answer(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer)
    builder.add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        said = graph.get_state(config).values.get("messages", [])
        if len(said) >= 2 and said[-2].content == text:
            return said[-1].content  # the browser sent it again after a time-out
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].content
