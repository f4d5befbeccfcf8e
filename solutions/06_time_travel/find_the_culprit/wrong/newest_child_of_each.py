# says: on a branch that the thread has left
def find_the_culprit(graph, thread_id, is_bad):
    """From the first checkpoint forwards, each time to the first child."""
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))[::-1]
    child = {}
    for one in history:
        parent = (one.parent_config or {"configurable": {}})["configurable"].get("checkpoint_id")
        child.setdefault(parent, one)
    branch, at = [], child[None]
    while at:
        branch.append(at)
        at = child.get(at.config["configurable"]["checkpoint_id"])
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(branch[middle].values) else (middle + 1, last)
    return branch[first].config["configurable"]["checkpoint_id"]
