# says: only supported for async nodes
class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    def quote(state):
        return {"quotes": [ask(state["order"])]}

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        # A node can have a timeout: here it is.
        builder = StateGraph(Shipping).add_node("quote", quote, timeout=seconds).add_edge(START, "quote")
        graph = builder.compile(checkpointer=saver)
        state = graph.get_state(config).values
        try:
            state = state if state.get("quotes") else graph.invoke({"order": order}, config)
        except Exception:
            return None
    return state["quotes"][0]
