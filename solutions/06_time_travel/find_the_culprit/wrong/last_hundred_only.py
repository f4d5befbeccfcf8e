# says: is bad already
def find_the_culprit(graph, thread_id, is_bad):
    known = {
        s.config["configurable"]["checkpoint_id"]: s
        for s in graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=100)
    }
    branch, at = [], max(known)
    while at in known:
        branch.insert(0, at)
        at = (known[at].parent_config or {"configurable": {"checkpoint_id": None}})["configurable"][
            "checkpoint_id"
        ]
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(known[branch[middle]].values) else (middle + 1, last)
    return branch[first]
