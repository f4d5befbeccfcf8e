# says: cut short
def work(graph, jobs):
    control = RunControl()

    def drain(number, frame):
        if control.drain_requested:
            sys.exit(0)
        control.request_drain("SIGTERM")

    signal.signal(signal.SIGTERM, drain)
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        begun = saved.created_at is not None
        if begun and not saved.tasks:
            continue
        try:
            graph.invoke(None if begun else job, config, control=control)
        except GraphDrained:
            sys.exit(0)
