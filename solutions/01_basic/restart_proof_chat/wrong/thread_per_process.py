# says: the new process looked in another thread
import uuid

SESSION = uuid.uuid4().hex  # made anew by each process


def chat(db_path, customer, text, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)
        state = graph.invoke(
            {"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": f"{customer}-{SESSION}"}}
        )
    return state["messages"][-1].content
