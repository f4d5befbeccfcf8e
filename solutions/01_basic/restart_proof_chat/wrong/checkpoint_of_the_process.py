# says: nor a `checkpoint_id`
# %% [before]
newest = {}


# %% [answer]
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def reply(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = newest.get((db_path, customer), {"configurable": {"thread_id": customer}})
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        newest[db_path, customer] = graph.get_state({"configurable": {"thread_id": customer}}).config
    return state["messages"][-1].text
