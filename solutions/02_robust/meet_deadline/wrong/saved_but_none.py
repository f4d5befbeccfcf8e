# says: decide when the answer comes
# The thread that asks saves, too, while the caller may give up.
def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """Return the price of shipping `order`, or `None` where the carrier does not answer in time."""
    deadline = time.monotonic() + seconds

    class Shipping(TypedDict):
        quotes: Annotated[list[int], operator.add]

    builder = StateGraph(Shipping).add_node("keep", lambda state: {})
    builder.add_edge(START, "keep").add_edge("keep", END)
    config = {"configurable": {"thread_id": order}}

    with SqliteSaver.from_conn_string(db_path) as saver:
        quotes = builder.compile(checkpointer=saver).get_state(config).values.get("quotes")
    if quotes:
        return quotes[0]

    answered: Future[int] = Future()  # of this call alone: a late answer finds nobody waiting

    def work() -> None:
        try:
            price = ask(order)
            if time.monotonic() > deadline:
                return  # late: neither saved nor returned
            with SqliteSaver.from_conn_string(db_path) as saver:
                builder.compile(checkpointer=saver).invoke({"quotes": [price]}, config, durability="sync")
        except Exception as error:
            answered.set_exception(error)
        else:
            answered.set_result(price)

    threading.Thread(target=work, daemon=True).start()
    wait([answered], timeout=deadline - time.monotonic())
    # Not `result(timeout)`: its TimeoutError looks like one that `ask` has raised.
    return answered.result() if answered.done() else None
