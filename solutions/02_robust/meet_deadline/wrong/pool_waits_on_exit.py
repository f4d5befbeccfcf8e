# says: `with ThreadPoolExecutor
from concurrent.futures import ThreadPoolExecutor


class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    def quote(state):
        with ThreadPoolExecutor(max_workers=1) as pool:
            try:
                return {"quotes": [pool.submit(ask, state["order"]).result(timeout=seconds)]}
            except TimeoutError:
                return {"quotes": []}  # back at once

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(Shipping).add_node("quote", quote).add_edge(START, "quote").compile(checkpointer=saver)
        )
        state = graph.get_state(config).values
        state = state if state.get("quotes") else graph.invoke({"order": order}, config)
    return state["quotes"][0] if state["quotes"] else None
