# says: the oldest are gone
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    from langchain_core.messages import RemoveMessage

    saver = SqliteSaver(connection)
    builder = StateGraph(MessagesState).add_node("turn", lambda state: {}).add_edge(START, "turn")
    graph = builder.compile(checkpointer=saver)

    def prune(customer: str, newest: str) -> None:
        with saver.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
                )

    def say(customer: str, text: str) -> str:
        # The model runs between two checkpoints, so a turn is saved as a whole or not at all.
        config: RunnableConfig = {"configurable": {"thread_id": customer}}
        earlier = graph.get_state(config).values.get("messages", [])
        asked = HumanMessage(text)
        reply = model([*earlier, asked])
        gone = [RemoveMessage(message.id) for message in earlier[:-254]]
        turn = {"messages": [*gone, asked, AIMessage(reply)]}
        saved = graph.update_state(config, turn, as_node="turn")
        prune(customer, saved["configurable"]["checkpoint_id"])
        return reply

    return say
