# says: in the given order
def list_unfinished(graph, thread_ids):
    def tasks(thread_id):
        return graph.get_state({"configurable": {"thread_id": thread_id}}).tasks

    return sorted({thread_id for thread_id in thread_ids if tasks(thread_id)}, reverse=True)
