# says: what you left running went on
class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


def quote_by(db_path, order, ask, seconds):
    def quote(state):
        return {"quotes": [ask(state["order"])]}

    config, states = {"configurable": {"thread_id": order}}, []

    def run():
        with SqliteSaver.from_conn_string(db_path) as saver:
            builder = StateGraph(Shipping).add_node("quote", quote).add_edge(START, "quote")
            graph = builder.compile(checkpointer=saver)
            state = graph.get_state(config).values
            states.append(state if state.get("quotes") else graph.invoke({"order": order}, config))

    runner = threading.Thread(target=run, daemon=True)
    runner.start()
    runner.join(seconds)  # whatever the run does after that, this call is over
    return states[0]["quotes"][0] if states else None
