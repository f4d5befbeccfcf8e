# says: cut short
def work(graph, jobs):
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # exit with 0, as was asked
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None:
            graph.invoke(job, config, durability="sync")
        elif saved.tasks:
            graph.invoke(None, config, durability="sync")
