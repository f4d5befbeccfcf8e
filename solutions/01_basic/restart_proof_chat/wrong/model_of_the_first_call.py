# says: called the earlier one
_graphs: dict[str, CompiledStateGraph] = {}


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(list(state["messages"])))]}

    if db_path not in _graphs:
        saver = SqliteSaver(sqlite3.connect(db_path, check_same_thread=False))
        builder = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply")
        _graphs[db_path] = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": customer}}
    said = _graphs[db_path].invoke({"messages": [HumanMessage(text)]}, thread, durability="sync")
    return said["messages"][-1].content
