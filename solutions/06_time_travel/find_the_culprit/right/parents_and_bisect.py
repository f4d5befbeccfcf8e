from bisect import bisect_left


def find_the_culprit(graph, thread_id, is_bad):
    """One reading of the history, a table of parents, and the library's bisection."""
    thread = {"configurable": {"thread_id": thread_id}}
    known = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    branch, at = [], max(known)
    while at in known:
        branch.append(at)
        parent = known[at].parent_config or {}
        at = parent.get("configurable", {}).get("checkpoint_id")
    branch.reverse()
    return branch[bisect_left(branch, True, hi=len(branch) - 1, key=lambda id: is_bad(known[id].values))]
