# says: a value of type StateSnapshot
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.insert(0, snapshot)
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(branch[middle].values) else (middle + 1, last)
    return branch[first]  # whoever has the checkpoint has its id
