# says: appended to the file
class Progress(TypedDict, total=False):
    """What the saver knows about a night."""

    path: str
    cursor: int
    ok: int
    bad: int
    over: bool


def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs at most `most` lines."""

    def stretch(state: Progress) -> Progress:
        parts = cut(path, state.get("cursor", 0), 1, most)
        if not parts:
            return {"over": True}
        counts = work(parts[0])
        return {
            "cursor": parts[0]["end"],
            "ok": state.get("ok", 0) + counts["ok"],
            "bad": state.get("bad", 0) + counts["bad"],
            "over": False,
        }

    builder = StateGraph(Progress)
    builder.add_node("stretch", stretch)
    builder.add_edge(START, "stretch")
    builder.add_conditional_edges(
        "stretch", lambda state: END if state["over"] else "stretch", ["stretch", END]
    )
    graph = builder.compile(checkpointer=saver)

    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 10_000}
    # Unfinished: go on. New, or finished: start, from the cursor; at the end of the file that does nothing.
    begin = None if graph.get_state(config).tasks else {"path": path}
    state = graph.invoke(begin, config, durability="sync")
    return {"ok": state.get("ok", 0), "bad": state.get("bad", 0)}
