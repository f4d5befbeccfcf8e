# says: it may have an older one's id
# %% [before]
from itertools import count

numbers = count()


# %% [answer]
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def reply(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]), id=f"reply-{next(numbers)}")]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
