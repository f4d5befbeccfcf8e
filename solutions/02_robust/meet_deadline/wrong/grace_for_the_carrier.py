# says: the grace is only for returning
class Quotes(TypedDict):
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """The deadline has some grace, so an answer that's a little late is still welcome."""
    deadline = time.monotonic() + seconds
    config = {"configurable": {"thread_id": order}}
    box = queue.SimpleQueue()

    def errand():
        try:
            box.put((ask(order), None))
        except Exception as problem:
            box.put((None, problem))

    with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as connection:
        builder = StateGraph(Quotes).add_node("keep", lambda state: {}).add_edge(START, "keep")
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        known = graph.get_state(config).values.get("quotes")
        if known:
            return known[0]
        threading.Thread(target=errand, daemon=True).start()
        try:
            price, problem = box.get(timeout=max(deadline - time.monotonic(), 0) + 0.3)
        except queue.Empty:
            return None
        if problem is not None:
            raise problem
        graph.invoke({"quotes": [price]}, config)
        return price
