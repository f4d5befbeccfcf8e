# says: whether or not `model` raises
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    saver = SqliteSaver(connection)

    def answer(state: MessagesState):
        return {"messages": [AIMessage(model(list(state["messages"])))]}

    builder = StateGraph(MessagesState).add_node("answer", answer)
    graph = builder.add_edge(START, "answer").compile(checkpointer=saver)

    def tidy(customer):
        """Delete all checkpoints of a customer but the newest."""
        with saver.cursor() as cur:
            newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1)"
            for table in ("writes", "checkpoints"):
                cur.execute(
                    f"DELETE FROM {table} WHERE thread_id = ?1 AND checkpoint_id < {newest}", (customer,)
                )

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="exit")
        tidy(customer)
        return state["messages"][-1].content

    return say
