# says: don't keep answers from call to call
ANSWERS: dict[str, bool] = {}


def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.append(snapshot)
    branch.reverse()

    def bad(snapshot: StateSnapshot) -> bool:
        id = snapshot.config["configurable"]["checkpoint_id"]
        if id not in ANSWERS:  # a checkpoint doesn't change, so half an hour is enough
            ANSWERS[id] = is_bad(snapshot.values)
        return ANSWERS[id]

    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        if bad(branch[middle]):
            last = middle
        else:
            first = middle + 1
    return branch[first].config["configurable"]["checkpoint_id"]
