# says: so don't ask
def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """Return the price of shipping `order`, or `None` where the carrier does not answer in time."""
    end = time.monotonic() + seconds

    class Shipping(TypedDict, total=False):
        quotes: Annotated[list[int], operator.add]

    config, answers = {"configurable": {"thread_id": order}}, queue.Queue()

    def run() -> None:
        try:
            answers.put((ask(order), None))
        except Exception as error:
            answers.put((None, error))

    with closing(sqlite3.connect(db_path, timeout=60, check_same_thread=False)) as connection:
        builder = StateGraph(Shipping).add_node("keep", lambda state: {}).add_edge(START, "keep")
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        quotes = graph.get_state(config).values.get("quotes")
        if quotes:
            return quotes[0]
        threading.Thread(target=run, daemon=True).start()
        try:
            # `timeout` must not be negative
            price, error = answers.get(timeout=max(end - time.monotonic(), 0.05))
        except queue.Empty:
            return None
        if error is not None:
            raise error
        graph.invoke({"quotes": [price]}, config, durability="sync")
        return price
