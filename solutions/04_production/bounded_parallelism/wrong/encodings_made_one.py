# says: tell documents apart by their whole text
# one key for a document, however its accents are encoded
import unicodedata


class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def ask(state):
        return {"summary": summarise(state["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)
        configs = [
            {
                "configurable": {
                    "thread_id": json.dumps([thread_id, unicodedata.normalize("NFC", document)])
                },
                "max_concurrency": limit,
            }
            for document in documents
        ]
        todo = [
            place for place, config in enumerate(configs) if "summary" not in graph.get_state(config).values
        ]
        pages = [{"document": documents[place]} for place in todo]
        for came in graph.batch(pages, [configs[place] for place in todo], return_exceptions=True):
            if isinstance(came, Exception):
                raise came
        return [graph.get_state(config).values["summary"] for config in configs]
