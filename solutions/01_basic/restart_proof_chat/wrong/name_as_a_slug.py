# says: from the whole name, unchanged
import re


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    slug = re.sub(r"\W", "-", customer)  # safe as an id

    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": slug}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].content
