# says: even if it fails, so ask once
from langgraph.types import RetryPolicy


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = (
        StateGraph(MessagesState)
        .add_node("answer", answer, retry_policy=RetryPolicy(max_attempts=3, initial_interval=0.05))
        .add_edge(START, "answer")
    )
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
