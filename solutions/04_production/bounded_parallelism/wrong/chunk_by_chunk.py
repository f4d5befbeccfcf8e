# says: the rest waited for that one

from concurrent.futures import ThreadPoolExecutor


class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def write(page: Page):
        return {"summary": summarise(page["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(write).add_edge(START, "write").compile(checkpointer=saver)

        def one(document):
            config = {"configurable": {"thread_id": f"{thread_id}/{document}"}}
            known = graph.get_state(config).values
            return (
                known["summary"]
                if "summary" in known
                else graph.invoke({"document": document}, config)["summary"]
            )

        found = []
        for i in range(0, len(documents), limit):
            with ThreadPoolExecutor(limit) as pool:
                found += pool.map(one, documents[i : i + limit])
        return found
