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
        answer = turn.invoke(text, config, durability="exit")
        newest = saver.get_tuple(config).config["configurable"]["checkpoint_id"]
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < ?",
                    (f"chat:{customer}", newest),
                )
        free, pages = (
            connection.execute(f"pragma {what}").fetchone()[0] for what in ("freelist_count", "page_count")
        )
        if 3 * free > pages:
            connection.execute("vacuum")
        return answer

    return say
