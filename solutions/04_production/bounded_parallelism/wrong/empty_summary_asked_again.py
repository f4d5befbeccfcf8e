# says: an empty summary is a summary
from concurrent.futures import ThreadPoolExecutor


class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def write(page):
        return {"summary": summarise(page["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(write).add_edge(START, "write").compile(checkpointer=saver)

        def one(place):
            document = documents[place]
            config = {"configurable": {"thread_id": f"{thread_id}/{place}"}}
            known = graph.get_state(config).values
            if known.get("summary"):
                return known["summary"]
            return graph.invoke({"document": document}, config)["summary"]

        with ThreadPoolExecutor(limit) as pool:
            return list(pool.map(one, range(len(documents))))
