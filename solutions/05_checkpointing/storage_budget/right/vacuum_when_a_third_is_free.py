from langgraph.func import entrypoint


def open_chat(connection, model):
    """The functional API, one checkpoint a turn, and a `VACUUM` whenever a third of the file is free."""
    saver = SqliteSaver(connection)

    @entrypoint(checkpointer=saver)
    def turn(text: str, *, previous: Any = None) -> Any:
        said = [*(previous or []), HumanMessage(text)]
        answer = model(said)
        return entrypoint.final(value=answer, save=[*said, AIMessage(answer)])

    def say(customer, text):
        config = {"configurable": {"thread_id": f"chat:{customer}"}}
        try:
            return turn.invoke(text, config, durability="exit")
        finally:
            tidy(config)

    def tidy(config):
        thread = config["configurable"]["thread_id"]
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = :thread and checkpoint_id < "
                    "(select max(checkpoint_id) from checkpoints where thread_id = :thread)",
                    {"thread": thread},
                )
        free, pages = (
            connection.execute(f"pragma {what}").fetchone()[0] for what in ("freelist_count", "page_count")
        )
        if 3 * free > pages:
            connection.execute("vacuum")

    return say
