# says: there's no file at `db_path`
memory = InMemorySaver()  # "MemorySaver" sounds as if it remembered


def chat(db_path, customer, text, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=memory)
    state = graph.invoke(
        {"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": f"{db_path}/{customer}"}}
    )
    return state["messages"][-1].content
