# says: and `summarise_all` returned ['PAGE 1', None
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

        def work():
            while True:
                try:
                    place = todo.pop(0)
                    graph.invoke({"document": documents[place]}, config(place))
                except IndexError:  # nothing is left to do
                    return
                except BaseException:
                    todo.clear()
                    raise

        with ThreadPoolExecutor(limit) as pool:
            workers = [pool.submit(work) for _ in range(min(limit, len(todo)))]
        for worker in workers:
            worker.result()
        return [saved(place) for place in range(len(documents))]
