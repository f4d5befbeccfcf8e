# says: of left branches, too
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    config = {"configurable": {"thread_id": thread_id}}
    branch, wanted = [], None
    for snapshot in graph.get_state_history(config, limit=200):
        checkpoint_id = snapshot.config["configurable"]["checkpoint_id"]
        if wanted is None or checkpoint_id == wanted:
            branch.append(snapshot)
            if snapshot.parent_config is None:
                break
            wanted = snapshot.parent_config["configurable"]["checkpoint_id"]
    branch.reverse()

    low, high = 0, len(branch) - 1
    while low < high:
        middle = (low + high) // 2
        if is_bad(branch[middle].values):
            high = middle
        else:
            low = middle + 1
    return branch[low].config["configurable"]["checkpoint_id"]
