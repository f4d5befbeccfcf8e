# says: `step_timeout`
class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    def quote(state):
        return {"quotes": [ask(state["order"])]}

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        builder = StateGraph(Shipping).add_node("quote", quote).add_edge(START, "quote")
        graph = builder.compile(checkpointer=saver)
        graph.step_timeout = seconds  # ends a step that takes longer
        state = graph.get_state(config).values
        try:
            state = state if state.get("quotes") else graph.invoke({"order": order}, config)
        except TimeoutError:
            return None
    return state["quotes"][0]
