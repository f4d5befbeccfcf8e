# says: whether or not `model` raises
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    saver = SqliteSaver(connection)

    def answer(state: MessagesState):
        reply = model(state["messages"])
        return {"messages": [AIMessage(reply)]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    graph = builder.compile(checkpointer=saver)

    def prune(customer):
        newest = "(select max(checkpoint_id) from checkpoints where thread_id = ?)"
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < {newest}",
                    (customer, customer),
                )

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        result = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="sync")
        prune(customer)
        last = result["messages"][-1]
        return last.text if isinstance(last, AIMessage) else ""

    return say
