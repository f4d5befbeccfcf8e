# says: the whole conversation
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def answer(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"][-100:]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        result = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return result["messages"][-1].text
