# says: is bad already
def find_the_culprit(graph, thread_id, is_bad):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    branch = [one for one in branch if not one.next]  # a run is over
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(branch[middle].values) else (middle + 1, last)
    return branch[first].config["configurable"]["checkpoint_id"]
