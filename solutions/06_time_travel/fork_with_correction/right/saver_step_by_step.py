def fork_with_correction(graph, thread_id, message_id, text):
    """The saver is asked, step by step, and the run is streamed."""
    saver = graph.checkpointer
    saved, found = saver.get_tuple({"configurable": {"thread_id": thread_id}}), []
    while saved:
        messages = saved.checkpoint["channel_values"].get("messages", [])
        found += [(saved.config, message) for message in messages if message.id == message_id]
        saved = saver.get_tuple(saved.parent_config) if saved.parent_config else None
    config, wrong = found[-1]
    right = type(wrong)(**{**dict(wrong), "content": text})
    fork = graph.update_state(config, {"messages": right})
    *_, last = graph.stream(None, fork, stream_mode="values")
    return last
