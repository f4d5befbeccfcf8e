import asyncio
from concurrent.futures import ThreadPoolExecutor

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    """Async, with threads of one's own, since the loop's pool depends on the machine; `gather` cancels nobody."""

    async def ask(page: Page):
        loop = asyncio.get_running_loop()
        return {"summary": await loop.run_in_executor(pool, summarise, page["document"])}

    async def night():
        async with AsyncSqliteSaver.from_conn_string(db_path) as saver:
            graph = StateGraph(Page).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)

            async def one(place, document):
                config = {"configurable": {"thread_id": f"{thread_id}/{place}"}}
                saved = await graph.aget_state(config)
                if "summary" in saved.values:
                    return saved.values["summary"]
                return (await graph.ainvoke({"document": document}, config))["summary"]

            return await asyncio.gather(
                *(one(place, document) for place, document in enumerate(documents)), return_exceptions=True
            )

    with ThreadPoolExecutor(limit) as pool:
        came = asyncio.run(night())
    for one in came:
        if isinstance(one, Exception):
            raise one
    return came
