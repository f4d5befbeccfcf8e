# says: unhashable type
from functools import lru_cache


@lru_cache
def graph_of(db_path, model):
    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    saver = SqliteSaver(sqlite3.connect(db_path, check_same_thread=False))
    return StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)


def chat(db_path, customer, text, model):
    config = {"configurable": {"thread_id": customer}}
    state = graph_of(db_path, model).invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
