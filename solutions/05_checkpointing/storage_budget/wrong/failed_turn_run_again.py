# says: a turn that had failed
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    saver = SqliteSaver(connection)

    def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=saver)

    def say(customer: str, text: str) -> str:
        config: RunnableConfig = {"configurable": {"thread_id": customer}}
        if graph.get_state(config).next:
            graph.invoke(None, config)
        state = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="sync")
        newest = graph.get_state(config).config["configurable"]["checkpoint_id"]
        with saver.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
                )
        return state["messages"][-1].text

    return say
