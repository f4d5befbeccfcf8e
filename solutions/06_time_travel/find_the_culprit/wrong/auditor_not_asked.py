# says: only she can say
def find_the_culprit(graph, thread_id, is_bad):
    at = graph.get_state({"configurable": {"thread_id": thread_id}})
    found = at
    while at:
        if sum(at.values.get("lines", [])) != at.values.get("total", 0):
            found = at
        at = graph.get_state(at.parent_config) if at.parent_config else None
    return found.config["configurable"]["checkpoint_id"]
