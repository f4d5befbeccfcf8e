# says: a value of type dict
def find_the_culprit(graph, thread_id, is_bad):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(branch[middle].values) else (middle + 1, last)
    return branch[first].config
