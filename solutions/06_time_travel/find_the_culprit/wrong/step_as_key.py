# says: step numbers repeat
def find_the_culprit(graph, thread_id, is_bad):
    history = graph.get_state_history({"configurable": {"thread_id": thread_id}})
    by_step = {snapshot.metadata["step"]: snapshot for snapshot in history}  # one checkpoint for each step
    first, last = min(by_step), max(by_step)
    while first < last:
        middle = (first + last) // 2
        if is_bad(by_step[middle].values):
            last = middle
        else:
            first = middle + 1
    return by_step[first].config["configurable"]["checkpoint_id"]
