def find_the_culprit(graph, thread_id, is_bad):
    """By halves, downwards, on what the saver knows; `get_state` is asked only about the middles."""
    saved = graph.checkpointer.get_tuple({"configurable": {"thread_id": thread_id}})
    configs = []
    while saved:
        configs.append(saved.config)
        saved = graph.checkpointer.get_tuple(saved.parent_config) if saved.parent_config else None

    def search(candidates):
        """Newest first; the first of them is known to be bad."""
        if len(candidates) == 1:
            return candidates[0]["configurable"]["checkpoint_id"]
        middle = len(candidates) // 2
        bad = is_bad(graph.get_state(candidates[middle]).values)
        return search(candidates[middle:] if bad else candidates[:middle])

    return search(configs)
