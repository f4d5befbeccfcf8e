# says: a run that goes on takes
# only the first run is given the limit
def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""

    class Night(TypedDict, total=False):
        documents: list[str]
        summaries: Annotated[list[tuple[int, str]], operator.add]

    def read(page: dict[str, Any]) -> dict[str, Any]:
        return {"summaries": [(page["number"], summarise(page["document"]))]}

    def pages(state: Night) -> list[Send]:
        return [Send("read", {"number": n, "document": d}) for n, d in enumerate(state["documents"])]

    builder = StateGraph(Night).add_node("read", read).add_conditional_edges(START, pages, ["read"])
    thread = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        snapshot = graph.get_state(thread)
        if snapshot.created_at is None:
            state = graph.invoke({"documents": documents}, {"max_concurrency": limit, **thread})
        elif snapshot.tasks or snapshot.next:
            state = graph.invoke(None, thread)  # goes on with what's left
        else:
            state = snapshot.values
    return [text for _, text in sorted((number, text) for number, text in state.get("summaries", []))]
