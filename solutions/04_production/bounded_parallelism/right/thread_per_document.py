class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    """A thread for each document, and `batch`, which keeps to `max_concurrency` as well."""

    def ask(state):
        return {"summary": summarise(state["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)
        configs = [
            {"configurable": {"thread_id": f"{thread_id}/{place}"}, "max_concurrency": limit}
            for place in range(len(documents))
        ]
        todo = [
            place for place, config in enumerate(configs) if "summary" not in graph.get_state(config).values
        ]
        pages = [{"document": documents[place]} for place in todo]
        for came in graph.batch(pages, [configs[place] for place in todo], return_exceptions=True):
            if isinstance(came, Exception):
                raise came
        return [graph.get_state(config).values["summary"] for config in configs]
