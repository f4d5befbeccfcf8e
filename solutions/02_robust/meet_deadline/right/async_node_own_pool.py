import asyncio
from concurrent.futures import ThreadPoolExecutor

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import NodeTimeoutError


class Rates(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    """An async node with a timeout, and a pool for each call that nobody waits for."""
    pool = ThreadPoolExecutor(max_workers=1)

    async def quote(state: Rates) -> Rates:
        return {"quotes": [await asyncio.get_running_loop().run_in_executor(pool, ask, order)]}

    async def run() -> int | None:
        config = {"configurable": {"thread_id": order}}
        async with AsyncSqliteSaver.from_conn_string(db_path) as saver:
            builder = StateGraph(Rates).add_node("quote", quote, timeout=seconds).add_edge(START, "quote")
            graph = builder.compile(checkpointer=saver)
            known = (await graph.aget_state(config)).values.get("quotes")
            if not known:
                try:
                    known = (await graph.ainvoke({"order": order}, config))["quotes"]
                except NodeTimeoutError:
                    return None
            return known[0]

    try:
        return asyncio.run(run())
    finally:
        pool.shutdown(wait=False)
