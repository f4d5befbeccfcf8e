# says: as for asyncio's own pool
import asyncio

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[dict[int, str], operator.or_]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", (place, document)) for place, document in enumerate(state["documents"])]

    async def ask(one):
        return {"summaries": {one[0]: await asyncio.to_thread(summarise, one[1])}}

    async def night():
        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
        builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
        async with AsyncSqliteSaver.from_conn_string(db_path) as saver:
            graph = builder.compile(checkpointer=saver)
            begun = (await graph.aget_state(config)).created_at is not None
            return await graph.ainvoke(None if begun else {"documents": documents}, config)

    state = asyncio.run(night())
    return [state["summaries"][place] for place in range(len(documents))]
