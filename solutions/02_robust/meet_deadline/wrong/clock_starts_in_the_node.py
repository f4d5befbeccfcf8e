# says: the clock starts with the call
class Shipping(TypedDict):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    def quote(state: Shipping):
        box = Future()

        def work():
            try:
                box.set_result(ask(order))
            except Exception as error:
                box.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        done, _ = wait([box], timeout=seconds)
        return {"quotes": [box.result()]} if done else {}

    builder = StateGraph(Shipping).add_node("quote", quote)
    builder.add_edge(START, "quote")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": order}}
        quotes = graph.get_state(config).values.get("quotes", [])
        if not quotes:
            quotes = graph.invoke({"order": order}, config, durability="sync").get("quotes", [])
        return quotes[0] if quotes else None
