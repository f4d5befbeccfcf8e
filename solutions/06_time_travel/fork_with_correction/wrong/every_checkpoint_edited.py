# says: the record of what really happened
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    first = None
    # A wrong text is wrong in each checkpoint, so it is put right in each.
    for saved in list(graph.checkpointer.list(thread)):
        for message in saved.checkpoint["channel_values"].get("messages", []):
            if message.id == message_id:
                message.content, first = text, saved
        graph.checkpointer.put(saved.parent_config or thread, saved.checkpoint, saved.metadata, {})
    return graph.invoke(None, first.config)
