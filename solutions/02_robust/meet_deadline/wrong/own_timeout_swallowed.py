# says: its own `TimeoutError`
def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """Return the price of shipping `order`, or `None` where the carrier does not answer in time."""
    deadline = time.monotonic() + seconds

    class Quotes(TypedDict):
        quotes: Annotated[list[int], operator.add]

    with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as connection:
        builder = StateGraph(Quotes).add_node("keep", lambda state: {}).add_edge(START, "keep")
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        config = {"configurable": {"thread_id": order}}
        known = graph.get_state(config).values.get("quotes")
        if known:
            return known[0]
        promise = Future()

        def errand():
            try:
                promise.set_result(ask(order))
            except BaseException as problem:
                promise.set_exception(problem)

        threading.Thread(target=errand, daemon=True).start()
        try:
            price = promise.result(timeout=max(deadline - time.monotonic(), 0))
        except TimeoutError:
            return None
        graph.invoke({"quotes": [price]}, config)
        return price
