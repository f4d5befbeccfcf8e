# says: never ran
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        if graph.get_state(config).created_at is not None:  # it has been done
            continue
        try:
            graph.invoke(job, config, control=control)
        except GraphDrained:
            sys.exit(0)
