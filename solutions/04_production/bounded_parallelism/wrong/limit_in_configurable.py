# says: counts only at the top level of a config
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[list[str], operator.add]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", {"document": document}) for document in state["documents"]]

    def ask(one):
        return {"summaries": [summarise(one["document"])]}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    # What configures a run goes into `configurable`.
    config = {"configurable": {"thread_id": thread_id, "max_concurrency": limit}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        return graph.invoke(None if begun else {"documents": documents}, config)["summaries"]
