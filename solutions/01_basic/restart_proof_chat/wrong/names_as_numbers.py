# says: every customer needs their own thread
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""
    from langgraph.func import entrypoint

    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def turn(said: str, *, previous: list[AnyMessage] | None = None) -> str:
            messages = [*(previous or []), HumanMessage(said)]
            reply = model(list(messages))
            return entrypoint.final(value=reply, save=[*messages, AIMessage(reply)])

        return turn.invoke(
            text, {"configurable": {"thread_id": str(int(customer)) if customer.isdigit() else customer}}
        )
