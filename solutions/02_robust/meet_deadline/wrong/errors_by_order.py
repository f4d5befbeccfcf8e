# says: each call needs its own place for what comes
_ERRORS = {}


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
        box = queue.SimpleQueue()

        def errand():
            try:
                box.put((ask(order), None))
            except BaseException as problem:
                _ERRORS[order] = problem
                box.put((None, problem))

        threading.Thread(target=errand, daemon=True).start()
        try:
            price, _problem = box.get(timeout=max(deadline - time.monotonic(), 0.001))
        except queue.Empty:
            return None
        if order in _ERRORS:
            raise _ERRORS.pop(order)
        graph.invoke({"quotes": [price]}, config)
        return price
