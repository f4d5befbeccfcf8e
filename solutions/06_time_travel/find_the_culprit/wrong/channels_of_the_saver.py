# says: nothing that only the saver knows
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    saved = graph.checkpointer.get_tuple({"configurable": {"thread_id": thread_id}})
    branch = []
    while saved:
        branch.append(saved.checkpoint)
        saved = graph.checkpointer.get_tuple(saved.parent_config) if saved.parent_config else None
    branch.reverse()
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        if is_bad(branch[middle]["channel_values"]):  # what was saved is the state
            last = middle
        else:
            first = middle + 1
    return branch[first]["id"]
