# says: each question can rule out half
def find_the_culprit(graph, thread_id, is_bad):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        if is_bad(branch[middle].values):
            last = middle
        elif is_bad(branch[middle + 1].values):
            return branch[middle + 1].config["configurable"]["checkpoint_id"]
        else:
            first = middle + 1
    return branch[first].config["configurable"]["checkpoint_id"]
