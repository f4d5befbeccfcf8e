# says: starts an unfinished thread's graph again
def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs at most `most` lines."""
    parts = min(4, most)
    graph = build_night(work, parts, most // parts).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 1_000_000}
    saved = graph.get_state(config)
    if saved.created_at and not saved.tasks:
        state = saved.values
    else:
        first = {"path": path}
        state = graph.invoke(first, config, durability="sync")
    return {"ok": state.get("ok", 0), "bad": state.get("bad", 0)}
