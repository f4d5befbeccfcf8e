# says: a copy takes the place
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    snapshot = graph.get_state(snapshot.config)
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.append(snapshot)
    branch.reverse()
    branch = [one for one in branch if one.metadata["source"] != "fork"] or branch
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        if is_bad(branch[middle].values):
            last = middle
        else:
            first = middle + 1
    return branch[first].config["configurable"]["checkpoint_id"]
