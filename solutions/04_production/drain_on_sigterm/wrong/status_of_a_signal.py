# says: ended with status 143, not 0
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        begun = saved.created_at is not None
        if begun and not saved.tasks:
            continue
        try:
            graph.invoke(None if begun else job, config, control=control)
        except GraphDrained:
            sys.exit(128 + signal.SIGTERM)
