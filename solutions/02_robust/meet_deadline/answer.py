def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """Return the price of shipping `order`, or `None` where the carrier does not answer in time."""
    ### BEGIN SOLUTION
    end = time.monotonic() + seconds

    class Shipping(TypedDict, total=False):
        order: str
        quotes: Annotated[list[int], operator.add]

    def quote(state: Shipping) -> Shipping:
        answer = Future[int]()  # of this call: nobody looks into it when it comes late

        def run() -> None:
            try:
                answer.set_result(ask(state["order"]))
            except Exception as error:
                answer.set_exception(error)

        # It cannot be stopped, only left behind; a daemon does not keep the process alive either.
        threading.Thread(target=run, daemon=True).start()
        wait([answer], timeout=end - time.monotonic())
        return {"quotes": [answer.result()]} if answer.done() else {}

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Shipping).add_node(quote).add_edge(START, "quote").compile(checkpointer=saver)
        state = graph.get_state(config).values
        if not state.get("quotes") and time.monotonic() < end:
            state = graph.invoke({"order": order}, config)
    return state["quotes"][0] if state.get("quotes") else None
    ### END SOLUTION
