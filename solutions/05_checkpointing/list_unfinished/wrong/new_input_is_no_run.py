# says: of the second, only its input was saved
def list_unfinished(graph, thread_ids):
    """Takes a saved input for a run only where the thread had none before."""

    def is_unfinished(thread_id):
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        saved = state.metadata or {"source": "input", "step": 0}
        return bool(state.tasks) and (saved["source"] != "input" or saved["step"] < 0)

    return [thread_id for thread_id in thread_ids if is_unfinished(thread_id)]
