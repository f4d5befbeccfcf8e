# says: A step may have
def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; of a step's parts, no more than one chunk is at work at the same time."""
    at_once = min(4, most)
    graph = build_night(work, 8 * at_once, most // at_once).compile(checkpointer=saver)
    config = {
        "configurable": {"thread_id": thread_id},
        "recursion_limit": 1_000_000,
        "max_concurrency": at_once,
    }
    saved = graph.get_state(config)
    if saved.created_at and not saved.tasks:
        state = saved.values
    else:
        first = None if saved.created_at else {"path": path}
        state = graph.invoke(first, config, durability="sync")
    return {"ok": state["ok"], "bad": state["bad"]}
