# says: the answer to the first question
class Shipping(TypedDict, total=False):
    order: str
    quotes: Annotated[list[int], operator.add]


ANSWERS = {}


def quote_by(db_path, order, ask, seconds):
    def quote(state):
        # What the last call was still waiting for will do as well.
        answers = ANSWERS.setdefault((db_path, order), queue.Queue())
        threading.Thread(target=lambda: answers.put(ask(order)), daemon=True).start()
        try:
            return {"quotes": [answers.get(timeout=seconds)]}
        except queue.Empty:
            return {"quotes": []}

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(Shipping).add_node("quote", quote).add_edge(START, "quote").compile(checkpointer=saver)
        )
        state = graph.get_state(config).values
        state = state if state.get("quotes") else graph.invoke({"order": order}, config)
    return state["quotes"][0] if state["quotes"] else None
