# says: and then no time is left
class Quotes(TypedDict):
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    deadline = time.monotonic() + seconds
    config = {"configurable": {"thread_id": order}}
    with closing(sqlite3.connect(db_path, timeout=30, check_same_thread=False)) as db:
        builder = StateGraph(Quotes).add_node("keep", lambda state: {}).add_edge(START, "keep")
        graph = builder.compile(checkpointer=SqliteSaver(db))
        quotes = graph.get_state(config).values.get("quotes", [])
        if quotes:
            return quotes[0]
        box = queue.Queue()

        def call():
            try:
                box.put((ask(order), None))
            except Exception as error:
                box.put((None, error))

        threading.Thread(target=call, daemon=True).start()
        try:
            price, error = box.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if error is not None:
            raise error
        graph.invoke({"quotes": [price]}, config, durability="sync")
        return price
