# says: the whole conversation
def chat(db_path, customer, text, model):
    config = {"configurable": {"thread_id": customer}}
    with SqliteSaver.from_conn_string(db_path) as saver:

        def answer(state: MessagesState):
            return {"messages": [AIMessage(model(state["messages"][-12:]))]}

        graph = (
            StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile(checkpointer=saver)
        )
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].content
