# says: isn't applied yet
def list_unfinished(graph, thread_ids):
    def due(thread_id):
        return graph.get_state({"configurable": {"thread_id": thread_id}}).next

    return [thread_id for thread_id in thread_ids if due(thread_id)]
