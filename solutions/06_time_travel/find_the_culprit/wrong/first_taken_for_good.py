# says: the very first, too
def find_the_culprit(graph, thread_id, is_bad):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    good, bad = 0, len(branch) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if is_bad(branch[middle].values) else (middle, bad)
    return branch[bad].config["configurable"]["checkpoint_id"]
