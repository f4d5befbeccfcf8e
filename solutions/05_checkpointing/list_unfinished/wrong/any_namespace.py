# says: they lie in another namespace
def list_unfinished(graph, thread_ids):
    """Takes the newest checkpoint of the thread, which may be one of a graph in a node."""

    def newest(thread_id):
        return next(graph.checkpointer.list({"configurable": {"thread_id": thread_id}}, limit=1), None)

    return [id for id in thread_ids if (saved := newest(id)) and graph.get_state(saved.config).tasks]
