# says: state that no checkpoint of it has
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    config = {"configurable": {"thread_id": thread_id}}
    branch = []
    for snapshot in graph.get_state_history(config):  # newest first
        if not branch or snapshot.metadata["step"] == branch[-1].metadata["step"] - 1:
            branch.append(snapshot)
    branch.reverse()
    low, high = 0, len(branch) - 1
    while low < high:
        middle = (low + high) // 2
        if is_bad(branch[middle].values):
            high = middle
        else:
            low = middle + 1
    return branch[low].config["configurable"]["checkpoint_id"]
