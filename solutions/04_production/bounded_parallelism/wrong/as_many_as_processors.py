# says: calls ran at the same time, of
def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""
    import os

    class Night(TypedDict):
        documents: list[str]
        summaries: Annotated[dict[int, str], operator.or_]

    def fan_out(state: Night) -> list[Send]:
        return [Send("ask", (place, document)) for place, document in enumerate(state["documents"])]

    def ask(one: tuple[int, str]) -> dict[str, dict[int, str]]:
        place, document = one
        return {"summaries": {place: summarise(document)}}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": min(limit, os.cpu_count() or 1)}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        state = graph.invoke(None if begun else {"documents": documents}, config)
    return [state["summaries"][place] for place in range(len(documents))]
