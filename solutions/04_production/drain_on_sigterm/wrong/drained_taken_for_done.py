# says: a crash to whoever restarts it
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            # A drained run returns what it has so far.
            graph.invoke(None if saved.created_at else job, config, control=control)
