# says: durability="sync"
def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs the chunk at work and the one that's being saved."""
    half = max(1, most // 2)  # but more than one save may be behind
    parts = min(4, half)
    graph = build_night(work, parts, half // parts).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 1_000_000}
    saved = graph.get_state(config)
    if saved.created_at and not saved.tasks:
        state = saved.values
    else:
        first = None if saved.created_at else {"path": path}
        durability = "sync" if most == 1 else "async"
        state = graph.invoke(first, config, durability=durability)
    return {"ok": state["ok"], "bad": state["bad"]}
