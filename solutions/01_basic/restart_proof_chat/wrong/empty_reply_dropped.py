# says: was empty, and it's a message, too
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    said: list[str] = []

    def reply(state: MessagesState) -> dict[str, list[AnyMessage]]:
        said.append(model(state["messages"]))
        return {"messages": [AIMessage(words) for words in said if words]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        graph.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": customer}})
    return said[-1]
