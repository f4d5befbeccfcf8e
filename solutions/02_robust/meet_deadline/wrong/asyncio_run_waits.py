# says: `asyncio.run`
import asyncio

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import NodeTimeoutError


class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    async def quote(state):
        return {"quotes": [await asyncio.to_thread(ask, state["order"])]}  # async now, so it can be cancelled

    async def run():
        config = {"configurable": {"thread_id": order}}
        async with AsyncSqliteSaver.from_conn_string(db_path) as saver:
            builder = StateGraph(Shipping).add_node("quote", quote, timeout=seconds).add_edge(START, "quote")
            graph = builder.compile(checkpointer=saver)
            state = (await graph.aget_state(config)).values
            try:
                state = state if state.get("quotes") else await graph.ainvoke({"order": order}, config)
            except NodeTimeoutError:
                return None
            return state["quotes"][0]

    return asyncio.run(run())
