# says: on a branch that the thread has left
def find_the_culprit(graph, thread_id, is_bad):
    # The history is one line, newest first.
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))[::-1]
    first, last = 0, len(history) - 1
    while first < last:
        middle = (first + last) // 2
        if is_bad(history[middle].values):
            last = middle
        else:
            first = middle + 1
    return history[first].config["configurable"]["checkpoint_id"]
