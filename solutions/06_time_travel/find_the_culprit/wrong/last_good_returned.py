# says: the last good one
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.insert(0, snapshot)
    good, bad = 0, len(branch) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if is_bad(branch[middle].values):
            bad = middle
        else:
            good = middle
    return branch[good].config["configurable"]["checkpoint_id"]  # what ran here broke it
