# says: open it by its path, unchanged
from contextlib import closing


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    connection = sqlite3.connect(f"file:{db_path}?mode=rwc", uri=True, check_same_thread=False, timeout=30)
    with closing(connection):
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
