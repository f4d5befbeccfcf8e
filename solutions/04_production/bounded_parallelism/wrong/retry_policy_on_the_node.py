# says: A `RetryPolicy` asks again at once
def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""

    from concurrent.futures import ThreadPoolExecutor
    from contextlib import closing

    from langgraph.types import RetryPolicy

    class Page(TypedDict, total=False):
        document: str
        summary: str

    def ask(state: Page) -> Page:
        return {"summary": summarise(state["document"])}

    with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as db:
        saver = SqliteSaver(db)
        saver.setup()
        builder = (
            StateGraph(Page)
            .add_node("ask", ask, retry_policy=RetryPolicy(initial_interval=0.1, jitter=False))
            .add_edge(START, "ask")
            .add_edge("ask", END)
        )
        graph = builder.compile(checkpointer=saver)

        def one(number: int, document: str) -> str:
            config = {"configurable": {"thread_id": f"{thread_id}/{number}"}}
            saved = graph.get_state(config).values
            if "summary" in saved:
                return saved["summary"]
            return graph.invoke({"document": document}, config, durability="sync")["summary"]

        with ThreadPoolExecutor(max_workers=limit) as pool:
            calls = [pool.submit(one, number, document) for number, document in enumerate(documents)]
            try:
                return [call.result() for call in calls]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)  # what's under way is paid for
                raise
