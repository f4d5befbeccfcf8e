# says: no task had been saved by itself
from concurrent.futures import ThreadPoolExecutor


class Night(TypedDict):
    documents: list[str]
    summaries: list[str]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def ask(state):
        with ThreadPoolExecutor(limit) as pool:  # the node's checkpoint keeps what it has done so far
            return {"summaries": list(pool.map(summarise, state["documents"]))}

    builder = StateGraph(Night).add_node("ask", ask).add_edge(START, "ask")
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        return graph.invoke(None if begun else {"documents": documents}, config)["summaries"]
