# says: whatever happened earlier
def list_unfinished(graph, thread_ids):
    """Looks for any checkpoint that wasn't gone on from, and finds runs that another one has replaced."""

    def is_unfinished(thread_id):
        history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
        continued = {
            state.parent_config["configurable"]["checkpoint_id"]
            for state in history
            if state.parent_config and state.metadata["source"] == "loop"
        }
        due = {state.config["configurable"]["checkpoint_id"] for state in history if state.tasks}
        return bool(due - continued)

    return [thread_id for thread_id in thread_ids if is_unfinished(thread_id)]
