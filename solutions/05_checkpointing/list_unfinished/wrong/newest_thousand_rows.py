# says: ask for each thread by its id
def list_unfinished(graph, thread_ids):
    """Looks for threads in the newest thousand checkpoints of the file, and takes the others for new ones."""
    rows = graph.checkpointer.list(None, limit=1000)
    known = {row.config["configurable"]["thread_id"] for row in list(rows)}
    states = {id: graph.get_state({"configurable": {"thread_id": id}}) for id in thread_ids if id in known}
    return [id for id in thread_ids if id in states and states[id].tasks]
