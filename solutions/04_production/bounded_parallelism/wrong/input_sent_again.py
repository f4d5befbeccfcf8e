# says: the input was sent again
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[dict[int, str], operator.or_]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", (place, document)) for place, document in enumerate(state["documents"])]

    def ask(one):
        return {"summaries": {one[0]: summarise(one[1])}}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        # The saver knows what is done, and skips it.
        state = builder.compile(checkpointer=saver).invoke({"documents": documents}, config)
    return [state["summaries"][place] for place in range(len(documents))]
