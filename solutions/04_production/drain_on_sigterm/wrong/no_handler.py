# says: nothing in your process listened
def work(graph, jobs):
    # LangGraph saves after each step, so it will know what to do about SIGTERM.
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None:
            graph.invoke(job, config, durability="sync")
        elif saved.tasks:
            graph.invoke(None, config, durability="sync")
