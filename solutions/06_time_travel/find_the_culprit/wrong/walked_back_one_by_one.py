# says: half an hour each
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while snapshot.parent_config:
        parent = graph.get_state(snapshot.parent_config)
        if not is_bad(parent.values):  # back, one by one, until it is right
            break
        snapshot = parent
    return snapshot.config["configurable"]["checkpoint_id"]
