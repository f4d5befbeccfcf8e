# says: which failed turns change
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    saver = SqliteSaver(connection)

    def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=saver)

    def prune(customer: str) -> None:
        newest = "(select max(checkpoint_id) from checkpoints where thread_id = ?)"
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < {newest}",
                    (customer, customer),
                )

    def say(customer: str, text: str) -> str:
        config: RunnableConfig = {"configurable": {"thread_id": customer}}
        try:
            return graph.invoke({"messages": [HumanMessage(text)]}, config, durability="exit")["messages"][
                -1
            ].text
        finally:
            if len(graph.get_state(config).values["messages"]) % 8 == 0:
                prune(customer)

    return say
