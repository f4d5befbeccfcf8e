import asyncio
from concurrent.futures import ThreadPoolExecutor

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import NodeTimeoutError


class Rates(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    """An async node with a timeout, and a pool for each call that nobody waits for."""
    pool, end = ThreadPoolExecutor(max_workers=1), time.monotonic() + seconds

    async def quote(state: Rates) -> Rates:
        return {"quotes": [await asyncio.get_running_loop().run_in_executor(pool, ask, order)]}

    async def run() -> int | None:
        config = {"configurable": {"thread_id": order}}
        async with AsyncSqliteSaver.from_conn_string(db_path) as saver:
            saved = await saver.aget_tuple(config)
            known = saved.checkpoint["channel_values"].get("quotes") if saved else None
            left = end - time.monotonic()
            if not known and left > 0:
                builder = StateGraph(Rates).add_node("quote", quote, timeout=left).add_edge(START, "quote")
                graph = builder.compile(checkpointer=saver)
                try:
                    known = (await graph.ainvoke({"order": order}, config))["quotes"]
                except NodeTimeoutError:
                    return None
            return known[0] if known else None

    try:
        return asyncio.run(run())
    finally:
        pool.shutdown(wait=False)
