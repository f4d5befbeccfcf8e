# says: save each message's kind
class Texts(TypedDict):
    texts: Annotated[list[str], lambda old, new: old + new]


def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    saver = SqliteSaver(connection)

    def reply(state: Texts) -> dict[str, Any]:
        kinds = [HumanMessage, AIMessage]  # they take turns
        return {"texts": [model([kinds[place % 2](text) for place, text in enumerate(state["texts"])])]}

    builder = StateGraph(Texts).add_node("reply", reply).add_edge(START, "reply")
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
            return graph.invoke({"texts": [text]}, config)["texts"][-1]
        finally:
            prune(customer)

    return say
