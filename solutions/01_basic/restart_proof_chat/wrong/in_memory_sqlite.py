# says: only in the memory of the killed process
saver = SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False))  # SQLite, but not a file


def chat(db_path, customer, text, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)
    state = graph.invoke(
        {"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": f"{db_path}/{customer}"}}
    )
    return state["messages"][-1].content
