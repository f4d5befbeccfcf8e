# says: is bad already
def find_the_culprit(graph, thread_id, is_bad):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    halves = [
        one for one in branch if one.metadata["step"] % 4 == 2 or one is branch[-1]
    ]  # by runs, then within
    first, last = 0, len(halves) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(halves[middle].values) else (middle + 1, last)
    return halves[first].config["configurable"]["checkpoint_id"]
