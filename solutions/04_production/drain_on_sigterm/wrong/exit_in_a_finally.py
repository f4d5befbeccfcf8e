# says: in a `finally` swallows it
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    try:
        for thread_id, job in jobs.items():
            config = {"configurable": {"thread_id": thread_id}}
            saved = graph.get_state(config)
            if saved.created_at is None:
                graph.invoke(job, config, control=control)
            elif saved.tasks:
                graph.invoke(None, config, control=control)
    finally:
        sys.exit(0)
