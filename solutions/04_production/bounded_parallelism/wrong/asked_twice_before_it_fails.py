# says: before it raised: ask again
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[dict, operator.or_]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", one) for one in enumerate(state["documents"])]

    def ask(one):
        place, document = one
        try:
            text = summarise(document)
        except Exception:
            text = summarise(document)
        return {"summaries": {place: text}}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        state = graph.invoke(None if begun else {"documents": documents}, config)
    return [state["summaries"][place] for place in range(len(documents))]
