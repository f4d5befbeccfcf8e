# says: calls that run while another one fails
class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""
    from concurrent.futures import ThreadPoolExecutor

    def write(page: Page) -> Page:
        return {"summary": summarise(page["document"])}

    saver = SqliteSaver(sqlite3.connect(db_path, check_same_thread=False))
    saver.setup()
    builder = StateGraph(Page).add_node("write", write).add_edge(START, "write")
    graph = builder.compile(checkpointer=saver)

    def one(number: int) -> str:
        document = documents[number]
        key = json.dumps([thread_id, number])
        config = {"configurable": {"thread_id": key}}
        snapshot = graph.get_state(config)
        if "summary" in snapshot.values:
            return snapshot.values["summary"]
        given = None if snapshot.created_at else {"document": document}
        return graph.invoke(given, config, durability="sync")["summary"]

    pool = ThreadPoolExecutor(limit)
    try:
        jobs = [pool.submit(one, number) for number in range(len(documents))]
        return [job.result() for job in jobs]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        with saver.lock:
            saver.conn.close()
