# says: each turn replaces the one before it
class Chat(TypedDict):
    messages: list[AnyMessage]  # no reducer: an input overwrites what the thread held


def chat(db_path, customer, text, model):
    def reply(state):
        return {"messages": [*state["messages"], AIMessage(model(state["messages"]))]}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Chat).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)
        state = graph.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": customer}})
    return state["messages"][-1].content
