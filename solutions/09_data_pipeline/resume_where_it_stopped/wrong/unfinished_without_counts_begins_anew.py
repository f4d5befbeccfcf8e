# says: and go on with `None`
# Begins an unfinished night anew if it has counted no line yet, good or bad.
def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs at most `most` lines."""
    parts = min(4, most)
    graph = build_night(work, parts=parts, size=most // parts).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 1_000_000}
    snapshot = graph.get_state(config)
    worked = snapshot.values.get("ok", 0) + snapshot.values.get("bad", 0)
    if not worked and (snapshot.tasks or not snapshot.created_at):
        graph.invoke({"path": path, "cursor": 0}, config, durability="sync")
    elif snapshot.tasks:
        graph.invoke(None, config, durability="sync")
    values = graph.get_state(config).values
    return {"ok": values["ok"], "bad": values["bad"]}
