# says: begins the graph anew
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is not None and not saved.next:
            continue
        try:
            graph.invoke(job, config, control=control)  # the thread knows where it was
        except GraphDrained:
            sys.exit(0)
