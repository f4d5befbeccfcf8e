# says: and `summarise_all` hung
import json
from concurrent.futures import ThreadPoolExecutor


class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def ask(page: Page):
        return {"summary": summarise(page["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)

        def config(place):
            return {"configurable": {"thread_id": json.dumps([thread_id, place])}}

        def saved(place):
            return graph.get_state(config(place)).values.get("summary")

        todo = [place for place in range(len(documents)) if saved(place) is None]
        with ThreadPoolExecutor(limit) as pool:
            futures = [
                pool.submit(graph.invoke, {"document": documents[place]}, config(place)) for place in todo
            ]
            for future in futures:
                while True:
                    try:  # wake up now and then, so that Ctrl-C gets through
                        future.result(timeout=0.5)
                        break
                    except TimeoutError:
                        continue
                    except BaseException:
                        pool.shutdown(wait=False, cancel_futures=True)
                        raise
        return [saved(place) for place in range(len(documents))]
